/** The trust policy of a role that a workflow of GitHub Actions takes with its own token, without a stored key. */
import { FdlError } from '../../../errors.ts';

/** Whose runs may take the role. */
export interface Pipeline {
  /** `OWNER/REPOSITORY`. */
  readonly repository: string;
  /** Runs on this branch; with neither, those on any branch, tag or pull request of the repository. */
  readonly branch?: string | undefined;
  /** Runs of jobs that name this environment. */
  readonly environment?: string | undefined;
}

const ISSUER = 'token.actions.githubusercontent.com';

/** Rule: GitHub's names of accounts and repositories. */
const REPOSITORY = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})\/[A-Za-z0-9._-]{1,100}$/;

/**
 * Rules: GitHub's "OpenID Connect reference" (subjects of tokens) and "Configuring OpenID Connect in Amazon Web Services".
 * @throws FdlError `repository-invalid`: `*` in the owner would let everybody in
 */
export function githubTrust(
  { repository, branch, environment }: Pipeline,
  partition: string,
  account: string,
) {
  if (!REPOSITORY.test(repository)) {
    throw new FdlError('repository-invalid', `"${repository}" is no repository of GitHub`, {
      hint: 'Write OWNER/REPOSITORY, such as --github example/shop.',
      exitCode: 2,
    });
  }
  const run = environment ? `environment:${environment}` : branch ? `ref:refs/heads/${branch}` : '*';
  const operator = run === '*' ? 'StringLike' : 'StringEquals';
  const audience = { [`${ISSUER}:aud`]: 'sts.amazonaws.com' };
  const subject = { [`${ISSUER}:sub`]: `repo:${repository}:${run}` };
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Federated: `arn:${partition}:iam::${account}:oidc-provider/${ISSUER}` },
        Action: 'sts:AssumeRoleWithWebIdentity',
        Condition:
          operator === 'StringEquals'
            ? { StringEquals: { ...audience, ...subject } }
            : { StringEquals: audience, StringLike: subject },
      },
    ],
  } as const;
}

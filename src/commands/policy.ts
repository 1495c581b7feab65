import { FdlError } from '../errors.ts';
import type { AccessPolicies, AccessRequest } from '../session/index.ts';
import type { Handler } from './command.ts';
import { fileOf, openSession, type WorkflowOptions } from './open-session.ts';

interface Options extends WorkflowOptions {
  readonly for?: AccessRequest['use'];
  readonly account?: string;
  readonly github?: string;
  readonly branch?: string;
  readonly environment?: string;
}

/** Prints a document that IAM takes as it is; only where there are several things to print, one that has them all. */
export const run: Handler = async (context, [given], options: Options) => {
  const file = fileOf(context, given);
  const request = requestOf(options);
  const session = await openSession(context, file, options, 'look');
  const { accounts, notes } = await session.policies(request);
  if (accounts.length === 0) throw nothingOnAws(file);
  const { terminal } = context;
  for (const note of notes) terminal.note(note);
  if (terminal.json) terminal.data({ accounts, notes } satisfies AccessPolicies);
  else terminal.out(JSON.stringify(documentOf(accounts), null, 2));
  return 0;
};

function documentOf(accounts: AccessPolicies['accounts']): unknown {
  const [only] = accounts;
  if (!only || accounts.length > 1) return accounts;
  const [policy, ...more] = only.policies;
  if (only.trust) return { trust: only.trust, policies: only.policies };
  return more.length > 0 ? only.policies : policy;
}

/** @throws FdlError `account-invalid`, `usage` */
function requestOf({ for: use, account, github, branch, environment }: Options): AccessRequest {
  if (account !== undefined && !/^(\d{12}|\*)$/.test(account)) {
    throw new FdlError('account-invalid', `"${account}" is no number of an account of AWS`, {
      hint: 'It has twelve digits: aws sts get-caller-identity shows it.',
      exitCode: 2,
    });
  }
  if (github === undefined && (branch ?? environment) !== undefined) {
    throw usage(
      '--branch and --environment say which runs on GitHub are meant',
      'Add --github OWNER/REPOSITORY.',
    );
  }
  if (branch !== undefined && environment !== undefined) {
    const hint = 'Give one of them; the environment itself can be limited to branches on GitHub.';
    throw usage('GitHub says either the branch or the environment of a job', hint);
  }
  return {
    use,
    account,
    github: github === undefined ? undefined : { repository: github, branch, environment },
  };
}

function usage(message: string, hint: string): FdlError {
  return new FdlError('usage', message, { hint, exitCode: 2 });
}

function nothingOnAws(file: string): FdlError {
  return new FdlError('no-policy', `no step of ${file} is deployed to AWS, and only AWS has policies`, {
    hint: 'Clusters of OSCAR ask for a login: fdl cluster add.',
  });
}

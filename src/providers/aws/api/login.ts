/** Why nobody is logged in to AWS, by what was written where: read only once something has failed. */
import { readFileSync } from 'node:fs';
import { hasCode, type Place } from '../../../errors.ts';
import type { Site } from '../site.ts';
import { configFile, credentialsFile, type Environment, profileOrigin, shortPath } from './origin.ts';

/** What is wrong, and what to do. */
export interface Problem {
  /** A clause. */
  readonly what: string;
  readonly hint: string;
  readonly place?: Place | undefined;
}

const HERE = 'or run on this machine: --local';

/** No credentials could be had: nothing was sent. `said` is the SDK's own text. */
export function missingLogin(site: Site, environment: Environment, said: string): Problem {
  const profile = profileOrigin(site, environment);
  if (!profile) return noLogin(environment, said);
  const { value: name, by, place } = profile;
  const files = profileFiles(environment);
  const file = files.find(({ profiles }) => profiles.includes(name));
  if (!file) {
    const hint = `Mend ${by}, or make the profile: aws configure --profile ${name}.`;
    return {
      what: `there is no profile "${name}" (${by}): ${files.map(filledText).join('; ')}`,
      hint,
      place,
    };
  }
  if (/\bsso\b/i.test(said)) return expiredSso(name, place);
  const where = `the profile "${name}" (${by}, in ${file.path})`;
  const why = /could not (load|find|resolve) credentials|could not be (found|resolved)/i.test(said)
    ? ''
    : `: ${firstSentence(said)}`;
  const hint = `Log in with it: aws configure --profile ${name}, or aws sso login --profile ${name}; ${HERE}.`;
  return { what: `${where} gives no credentials${why}`, hint, place };
}

function expiredSso(name: string | undefined, place?: Place): Problem {
  const of = name === undefined ? '' : ` of the profile "${name}"`;
  const option = name === undefined ? '' : ` --profile ${name}`;
  const what = `the login with AWS SSO${of} is missing or has expired`;
  return { what, hint: `Log in again: aws sso login${option}.`, place };
}

function noLogin(environment: Environment, said: string): Problem {
  if (/\bsso\b/i.test(said)) return expiredSso(undefined);
  const files = profileFiles(environment).map(({ path, profiles, lack }) => {
    if (lack) return `${path} (${lack})`;
    return profiles.length > 0 ? `${path} (profiles: ${bounded(profiles)})` : path;
  });
  const looked = ['AWS_ACCESS_KEY_ID', ...files, 'the role of this machine'].join(', ');
  const hint = `Log in: aws configure, or aws sso login; name a profile in AWS_PROFILE; ${HERE}.`;
  return { what: `no credentials were found; looked at: ${looked}`, hint };
}

/** AWS does not take the credentials any more. */
export function expiredLogin(site: Site, environment: Environment): Problem {
  const profile = profileOrigin(site, environment);
  if (!profile && environment['AWS_ACCESS_KEY_ID']) {
    const token = environment['AWS_SESSION_TOKEN']
      ? 'session token in AWS_SESSION_TOKEN has'
      : 'keys in AWS_ACCESS_KEY_ID have';
    const names = 'AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN';
    return { what: `the ${token} expired`, hint: `Get new ones, and set ${names} again.` };
  }
  const name = profile?.value ?? 'default';
  const hint = `Renew it: aws sso login --profile ${name}, or whatever wrote its keys to ${shortPath(credentialsFile(environment), environment)}.`;
  return { what: `the login of the profile "${name}" has expired`, hint, place: profile?.place };
}

/** Where the keys come from that AWS does not know. */
export function keysOrigin(site: Site, environment: Environment): string {
  const profile = profileOrigin(site, environment);
  if (profile) return `of the profile "${profile.value}"`;
  return environment['AWS_ACCESS_KEY_ID'] ? 'in AWS_ACCESS_KEY_ID' : 'of the profile "default"';
}

type Lack = 'not there' | 'cannot be read';

interface ProfileFile {
  readonly path: string;
  /** Why nothing is known of it. */
  readonly lack: Lack | undefined;
  readonly profiles: readonly string[];
}

function profileFiles(environment: Environment): readonly ProfileFile[] {
  return [configFile(environment), credentialsFile(environment)].map((path) => {
    const { text, lack } = contentOf(path);
    const profiles = [...text.matchAll(SECTION)].map(([, name = '']) => name.replace(/^(["'])(.*)\1$/, '$2'));
    return { path: shortPath(path, environment), lack, profiles };
  });
}

/** `[profile work]`, `[work]`; neither `[sso-session …]` nor `[services …]`. */
const SECTION = /^\s*\[\s*(?:profile\s+)?(?!sso-session\s|services\s|profile\s)([^\]]+?)\s*\]/gm;

function contentOf(path: string): { readonly text: string; readonly lack?: Lack } {
  try {
    return { text: readFileSync(path, 'utf8') };
  } catch (cause) {
    return { text: '', lack: hasCode(cause, 'ENOENT') ? 'not there' : 'cannot be read' };
  }
}

function filledText({ path, lack, profiles }: ProfileFile): string {
  if (lack) return lack === 'not there' ? `there is no ${path}` : `${path} ${lack}`;
  return profiles.length > 0 ? `${path} has ${bounded(profiles)}` : `${path} has none`;
}

/** Names that a message lists. */
const SHOWN = 10;

function bounded(names: readonly string[]): string {
  const more = names.length - SHOWN;
  return more > 0 ? `${names.slice(0, SHOWN).join(', ')} and ${more} more` : names.join(', ');
}

function firstSentence(text: string): string {
  return text.split('\n')[0]?.replace(/\.$/, '') ?? '';
}

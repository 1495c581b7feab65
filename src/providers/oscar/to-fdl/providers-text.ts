/** The stores of services, beside their cluster's own: as `storage_providers` of a file, without credentials. Pure. */
import type { Props, Value } from '../../../deploy/resource.ts';
import { isBranch, sameValue } from '../../../deploy/value.ts';
import type { ServiceAnswer } from '../api/answers.ts';
import { variable } from './values.ts';

/** A service, and the references to stores that it uses. */
interface Using {
  readonly service: ServiceAnswer;
  readonly stores: readonly string[];
}

interface Stores {
  /** By kind and name. */
  readonly providers: Readonly<Record<string, Props>>;
  /** Whole sentences. */
  readonly notes: readonly string[];
}

/** What opens a store. */
const CREDENTIAL = /(_key|token|password)$/;

/** All that the services use; where two mean different ones by one name, the first counts. */
export function storesText(all: readonly Using[]): Stores {
  const providers: Record<string, Record<string, Props>> = {};
  const notes: string[] = [];
  for (const { service, stores } of all) {
    for (const reference of stores) {
      const [kind = '', ...rest] = reference.split('.');
      const name = rest.join('.') || 'default';
      const shown = fieldsOf(service, kind, name);
      const before = providers[kind]?.[name];
      if (before && !sameValue(before, shown))
        notes.push(
          `${service.name}: it means another store by ${reference} than a service above; rename one.`,
        );
      if (before) continue;
      providers[kind] = { ...providers[kind], [name]: shown };
      const hidden = Object.keys(shown).filter((field) => CREDENTIAL.test(field));
      if (hidden.length > 0)
        notes.push(`the ${hidden.join(', ')} of ${reference} count as secrets: set the variables.`);
    }
  }
  return { providers, notes };
}

function fieldsOf(service: ServiceAnswer, kind: string, name: string): Props {
  const all = (service['storage_providers'] ?? {}) as Readonly<Record<string, Value>>;
  const ofKind = all[kind];
  const fields = isBranch(ofKind) && isBranch(ofKind[name]) ? ofKind[name] : {};
  const shown = Object.entries(fields).filter(
    ([, value]) => value !== '' && value !== undefined && value !== null,
  );
  return Object.fromEntries(
    shown.map(([field, value]) => [field, CREDENTIAL.test(field) ? variable(kind, name, field) : value]),
  );
}

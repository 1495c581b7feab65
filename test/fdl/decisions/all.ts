/** All rows, in the order of the table in docs/fdl.md. */
import type { Decision } from './decision.ts';
import { OSCAR } from './oscar.ts';
import { STEPS } from './steps.ts';
import { STORAGE } from './storage.ts';
import { TEXT } from './text.ts';
import { VALUES } from './values.ts';

export const ALL: readonly Decision[] = [...TEXT, ...VALUES, ...STEPS, ...STORAGE, ...OSCAR];

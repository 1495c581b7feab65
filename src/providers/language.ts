/** The language of FDL files with all providers. */
import type { Language } from '../fdl/language.ts';
import type { Dialect } from '../workflow/dialect.ts';
import { DIALECTS } from './dialects.ts';
import fields from './fields.generated.js';
import validate from './validator.generated.js';

export const LANGUAGE: Language<Dialect> = { fields, validate, dialects: DIALECTS };

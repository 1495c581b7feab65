/** Written by the build from the schema of the language: what of it is read at run time. */
import type { Field } from '../fdl/schema/field.ts';
import type { FdlFile } from '../fdl/schema/index.ts';

declare const fields: Field<FdlFile>;
export default fields;

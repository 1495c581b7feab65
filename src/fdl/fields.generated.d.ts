/** Written by the build from the schema in `schema/`: what of it is read at run time. */
import type { Field } from './schema/field.ts';
import type { FdlFile } from './schema/index.ts';

declare const fields: Field<FdlFile>;
export default fields;

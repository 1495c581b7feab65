/** Before any test: what is generated and built is up to date, so that no test runs against yesterday's code. */
import { build } from '../scripts/build.mjs';

export default async function setup(): Promise<void> {
  await build();
}

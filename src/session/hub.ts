/** Collections of services that are ready to be deployed, such as OSCAR's hub. */
export type {
  CheckedCrate,
  Crate,
  CrateInfo,
  CrateWorkflow,
  Hub,
  HubContext,
  HubList,
} from '../providers/registry.ts';
export { openHub } from '../providers/registry.ts';

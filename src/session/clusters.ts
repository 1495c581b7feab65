/** The OSCAR clusters that are known here without a workflow, and their logins. */
import { type Clusters, type ClustersContext, openKnownClusters } from '../providers/registry.ts';

export type {
  Access,
  Bucket,
  ClusterAnswer,
  ClusterAtHand,
  ClusterDefinition,
  ClusterNode,
  ClusterStatus,
  Clusters,
  FdlFile,
  KnownCluster,
  Limit,
  Metric,
  Metrics,
  PodsLog,
  Quota,
  Service,
  ServiceCall,
  ServiceState,
  UseBy,
  UseGroup,
  Visibility,
  Volume,
} from '../providers/registry.ts';
export { clusterOf, exportOf, hasExport, logInByCode } from '../providers/registry.ts';

/**
 * Reads what is known of clusters: in fdl's configuration, OSCAR-CLI's, SCAR's and the environment, by default that of the
 * process. Nothing is contacted yet; what is secret is hidden from now on.
 * @throws FdlError `config-invalid`
 */
export async function openClusters(options: Partial<ClustersContext> = {}): Promise<Clusters> {
  const { environment = process.env, signal = new AbortController().signal } = options;
  const { hide = () => {}, warn = () => {} } = options;
  return openKnownClusters({ environment, signal, hide, warn });
}

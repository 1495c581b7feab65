/** The part of the AWS SDK for the Resource Groups Tagging API that is used: named one by one, so that the bundle leaves the rest of it out. */
export {
  GetResourcesCommand,
  ResourceGroupsTaggingAPIClient,
} from '@aws-sdk/client-resource-groups-tagging-api';

/** What clusters and fdl put into services by themselves. */

/** Labels that the server sets. */
export const OWN_LABELS =
  /^(oscar_service|applicationId|queue|owner_name|uid|vo|oscar\.grycap\/.*|kueue\.x-k8s\.io\/.*)$/;

/** What a service that is about to go, or never runs a script, gets for one: clusters refuse a service without. */
export const NO_SCRIPT = '#!/bin/sh\n';

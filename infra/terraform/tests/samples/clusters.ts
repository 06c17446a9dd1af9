import type { Samples } from '../translate.ts'

const SUBSCRIPTION = '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/credence/providers'
const NETWORK = `${SUBSCRIPTION}/Microsoft.Network`

/** One cluster for each cloud, by the folder of its module. */
export const CLUSTERS: Readonly<Record<string, Samples>> = {
  'modules/aws/cluster': {
    variables: {
      subnet_ids: ['subnet-a', 'subnet-b', 'subnet-c'],
      security_group_id: 'sg-services',
      administrators: { platform: 'arn:aws:iam::123456789012:role/platform' },
    },
    attributes: {
      'data.aws_caller_identity.current': { account_id: '123456789012' },
      'data.aws_partition.current': { partition: 'aws' },
      'data.aws_region.current': { region: 'eu-central-1' },
    },
  },
  'modules/azure/cluster': {
    variables: {
      location: 'westeurope',
      resource_group_name: 'credence',
      subnet_id: `${NETWORK}/virtualNetworks/credence/subnets/services`,
      endpoints_subnet_id: `${NETWORK}/virtualNetworks/credence/subnets/endpoints`,
      private_dns_zone_id: `${NETWORK}/privateDnsZones/privatelink.westeurope.azmk8s.io`,
      registry_dns_zone_id: `${NETWORK}/privateDnsZones/privatelink.azurecr.io`,
      registry_name: 'credencex7k2',
      sealing_key: {
        id: 'https://v.vault.azure.net/keys/etcd/0123456789abcdef',
        resource_id: `${SUBSCRIPTION}/Microsoft.KeyVault/vaults/v/keys/etcd`,
      },
      disk_encryption_set_id: `${SUBSCRIPTION}/Microsoft.Compute/diskEncryptionSets/nodes`,
      administrator_groups: ['11111111-1111-1111-1111-111111111111'],
      log_workspace_id: `${SUBSCRIPTION}/Microsoft.OperationalInsights/workspaces/credence`,
    },
  },
  'modules/gcp/cluster': {
    variables: {
      project_id: 'credence-sample',
      region: 'europe-west3',
      network: { network: 'n', subnetwork: 's', pods: 'pods', services: 'services' },
      administrator_ranges: { office: '10.8.0.0/24' },
      security_group: 'gke-security-groups@example.org',
    },
    attributes: { 'data.google_project.this': { number: '123456789012' } },
  },
}

import type { JsonObject } from '../hcl.ts'
import type { Samples } from '../translate.ts'
import type { Given } from '../permissions-azure.ts'

const UUID = '00000000-0000-4000-8000-00000000000'

/** One installation of `modules/azure`: two datasets, a hierarchical store, keys in a vault. */
export const SAMPLES: Samples = {
  variables: {
    name: 'credence-prod',
    suffix: 'x7k2',
    location: 'westeurope',
    environment: 'prod',
    datasets: { mail: { partitions: 8 }, digits: { hub: 'scans', format: 'avro' } },
    oidc_issuer_url: 'https://westeurope.oic.prod-aks.azure.com/tenant/cluster/',
    groups: { reviewer: { reviewers: `${UUID}1` }, operator: { oncall: `${UUID}2` } },
    producers: { gateway: { principal_id: `${UUID}3`, dataset: 'mail' } },
    client_networks: {
      hub: {
        virtual_network_id:
          '/subscriptions/s/resourceGroups/hub/providers/Microsoft.Network/virtualNetworks/hub-westeurope',
        address_prefixes: ['10.8.0.0/24'],
      },
    },
    egress_next_hop: '10.8.0.4',
    checkpoints_mirror: true,
    federations: ['rounds'],
    console: true,
    duties: ['check', 'verify', 'audit', 'countObjects', 'newEpochs', 'letters', 'neighbours', 'releases'],
    deployer: { object_id: `${UUID}4` },
    postgres: { administrators: { 'database-administrators': `${UUID}5` } },
    alert_emails: { oncall: 'oncall@example.org' },
  },
}

/** By which other things are made. */
export const SHAPES: Readonly<Record<string, JsonObject>> = {
  flat: {
    store: { hierarchical: false, immutable_days: 30, prefix: 'team/credence' },
    client_networks: {
      hub: {
        virtual_network_id: '/subscriptions/s/resourceGroups/hub/providers/Microsoft.Network/virtualNetworks/hub',
        address_prefixes: ['10.8.0.0/24'],
        peer_back: false,
      },
    },
  },
  hsm: {
    keys: { service: 'hsm', hsm_administrators: ['a', 'b'], hsm_certificate_ids: ['1', '2', '3'] },
    redis: { service: 'cache', sku: 'Premium_P1' },
  },
}

/** The same, as far as it decides what the statement of permissions asks for. */
export const GIVEN: Given = {
  datasets: ['mail', 'digits'],
  federations: ['rounds'],
  options: [
    'check',
    'verify',
    'audit',
    'countObjects',
    'newEpochs',
    'letters',
    'neighbours',
    'releases',
    'checkpoints',
  ],
  groups: { [`${UUID}1`]: 'reviewer', [`${UUID}2`]: 'operator' },
}

const {
  name: _1,
  environment: _2,
  checkpoints_mirror: _3,
  postgres: _4,
  federations: _5,
  console: _6,
  duties: _7,
  ...shared
} = SAMPLES.variables
const ENVIRONMENT: Samples = {
  variables: {
    ...shared,
    subscription_id: '00000000-0000-4000-8000-00000000000a',
    database_administrators: { 'database-administrators': `${UUID}5` },
  },
}

export const ENVIRONMENTS: Readonly<Record<string, Samples>> = { 'dev-azure': ENVIRONMENT, 'prod-azure': ENVIRONMENT }

import type { Json, JsonObject } from '../hcl.ts'
import type { Row } from './kql.ts'

type Table = 'AZKVAuditLogs' | 'StorageBlobLogs' | 'AzureMetrics'
/** Rows of a table, how many minutes ago each came, and which alerts they are to raise. */
export type LogEvent = readonly [name: string, table: Table, rows: readonly Row[], alerts: readonly string[]]

const MINUTE_AGO = { TimeGenerated: -1 }
const KEY = 'https://credence-prod-x7k2.vault.azure.net/keys/credence-wrap/0a1b2c3d4e5f60718293a4b5c6d7e8f9'
const OBJECT_ID = 'http://schemas.microsoft.com/identity/claims/objectidentifier'

/** Claims as Key Vault writes them: of a token, and no groups. An application's object id is `oid`, a person's may have its long name. */
const application = (oid: string, more: JsonObject = {}) => ({
  claim: { oid, appid: '8f2d4a60-0000-4000-8000-00000000000f', appidacr: '2', xms_az_nwperimid: [], ...more },
})
const service = (name: string, of = 'service') =>
  application(`azurerm_user_assigned_identity.${of}["${name}"].principal_id`, {
    xms_mirid: `/subscriptions/s/resourcegroups/credence-prod/providers/Microsoft.ManagedIdentity/userAssignedIdentities/credence-prod-${name}`,
  })
const person = (upn: string, more: JsonObject = {}) => ({
  claim: {
    [OBJECT_ID]: '6f1c0c1e-0000-4000-8000-0000000000ad',
    appid: '04b07795-8ddb-461a-bbee-02f9e1bf7b46',
    scp: 'user_impersonation',
    upn,
    ipaddr: '10.8.0.9',
    amr: 'pwd,mfa',
    ...more,
  },
})
/** The id of the assignment that let somebody in, as the services of Azure write it: with or without dashes. */
const assignment = (of: string) => `azurerm_role_assignment.keys["${of}"].name`
const OF_REVIEWERS = assignment('reviewer-reviewers')
const BY_HAND = '9D2C3B4A-0000-4000-8000-00000000000B'

const vault = (OperationName: string, Identity: Json, more: JsonObject = {}): Row => ({
  ...MINUTE_AGO,
  OperationName,
  Identity,
  HttpStatusCode: 200,
  ResultSignature: 'OK',
  Id: KEY,
  IsRbacAuthorized: true,
  AppliedAssignmentId: '',
  CallerIpAddress: '10.40.16.7',
  ...more,
})
const DENIED = { HttpStatusCode: 403, ResultSignature: 'Forbidden', IsRbacAuthorized: false, Id: '' }
const ago = (row: Row, minutes: number): Row => ({ ...row, TimeGenerated: -minutes })
const often = (times: number, row: Row): readonly Row[] => Array.from({ length: times }, () => row)
const metric = (MetricName: string, Total: number, ResourceProvider = 'MICROSOFT.EVENTHUB'): Row => ({
  ...MINUTE_AGO,
  ResourceProvider,
  MetricName,
  Total,
})
const request = (StatusCode: string): Row => ({ ...MINUTE_AGO, OperationName: 'GetBlob', StatusCode })

const SCANS = vault('KeyUnwrap', service('scan'))
const STRANGER = vault('KeyUnwrap', application('6f1c0c1e-0000-4000-8000-0000000000ba'), {
  AppliedAssignmentId: BY_HAND,
})
const CHANGES = [
  'KeyDelete',
  'KeyPurge',
  'KeyUpdate',
  'KeyRestore',
  'KeyRotationPolicySet',
  'VaultPut',
  'VaultPatch',
  'VaultDelete',
]

export const EVENTS: readonly LogEvent[] = [
  ['a service unwraps', 'AZKVAuditLogs', often(100, SCANS), []],
  ['a service signs', 'AZKVAuditLogs', [vault('KeySign', service('encrypt'))], []],
  ['the store decrypts at rest', 'AZKVAuditLogs', [vault('KeyUnwrap', service('store', 'service_key'))], []],
  [
    'a reviewer of a group unwraps and signs',
    'AZKVAuditLogs',
    ['KeyUnwrap', 'KeySign'].map((operation) =>
      vault(operation, person('ada@example.org'), { AppliedAssignmentId: OF_REVIEWERS }),
    ),
    [],
  ],
  [
    'a reviewer unwraps, and the log has no dashes',
    'AZKVAuditLogs',
    [
      vault('KeyUnwrap', person('ada@example.org'), {
        AppliedAssignmentId: OF_REVIEWERS.replaceAll('-', '').toUpperCase(),
      }),
    ],
    [],
  ],
  ['an application unwraps', 'AZKVAuditLogs', [STRANGER], ['unwraps-by-strangers']],
  [
    'a person unwraps by a role of their own',
    'AZKVAuditLogs',
    [vault('KeyUnwrap', person('eve@example.org'), { AppliedAssignmentId: BY_HAND })],
    ['unwraps-by-strangers'],
  ],
  [
    'a person signs, and it is not said by which role',
    'AZKVAuditLogs',
    [vault('KeySign', person('eve@example.org'))],
    ['unwraps-by-strangers'],
  ],
  [
    'somebody decrypts who is called as a service is',
    'AZKVAuditLogs',
    [
      vault(
        'KeyDecrypt',
        person('azurerm_user_assigned_identity.service["scan"].principal_id', {
          name: '00000000-0000-4000-8000-000000000001',
        }),
      ),
    ],
    ['unwraps-by-strangers'],
  ],
  ['a stranger unwrapped hours ago', 'AZKVAuditLogs', [ago(STRANGER, 180)], []],
  ['a stranger is refused', 'AZKVAuditLogs', [{ ...STRANGER, ...DENIED }], ['key-denied']],
  ['a service is refused', 'AZKVAuditLogs', [{ ...SCANS, ...DENIED }], ['key-denied']],
  [
    'somebody comes without a token',
    'AZKVAuditLogs',
    [vault('Authentication', null, { HttpStatusCode: 401, ResultSignature: 'Unauthorized' })],
    [],
  ],
  ['keys are listed', 'AZKVAuditLogs', [vault('KeyList', person('eve@example.org'))], []],
  ['a service unwraps as never before', 'AZKVAuditLogs', often(1001, SCANS), ['unwraps-unusual']],
  [
    'a service unwraps as always',
    'AZKVAuditLogs',
    [...often(1001, SCANS), ...Array.from({ length: 47 }, (_, hour) => often(350, ago(SCANS, 90 + 60 * hour))).flat()],
    [],
  ],
  [
    'one identity unwraps from everywhere',
    'AZKVAuditLogs',
    Array.from({ length: 1001 }, (_, index) =>
      vault('KeyUnwrap', person('ada@example.org', { ipaddr: `10.8.${index >> 8}.${index & 255}` }), {
        AppliedAssignmentId: OF_REVIEWERS,
      }),
    ),
    ['unwraps-unusual'],
  ],
  ...CHANGES.map(
    (operation) =>
      [
        `${operation} is done`,
        'AZKVAuditLogs',
        [vault(operation, person('platform@example.org'))],
        ['keys-changed'],
      ] as const,
  ),
  ['a deletion is refused', 'AZKVAuditLogs', [vault('KeyDelete', person('eve@example.org'), DENIED)], ['key-denied']],
  ['eleven requests to the store are refused', 'StorageBlobLogs', often(11, request('403')), ['store-denied']],
  ['ten requests to the store are refused', 'StorageBlobLogs', often(10, request('403')), []],
  ['blobs are not there', 'StorageBlobLogs', often(100, request('404')), []],
  ['a status is not known', 'StorageBlobLogs', often(100, request('Unknown')), []],
  [
    'reading falls behind',
    'AzureMetrics',
    [metric('IncomingMessages', 150_001), metric('IncomingMessages', 50_000), metric('OutgoingMessages', 100_000)],
    ['reading-behind'],
  ],
  ['reading keeps up', 'AzureMetrics', [metric('IncomingMessages', 900_000), metric('OutgoingMessages', 800_000)], []],
  ['another service has messages', 'AzureMetrics', [metric('IncomingMessages', 900_000, 'MICROSOFT.SERVICEBUS')], []],
]

/** Where each table comes from: the setting, what it has to say, and what it has to log. */
export const SOURCES: Readonly<Record<Table, readonly [setting: string, categories: readonly string[]]>> = {
  AZKVAuditLogs: ['keys', ['AuditEvent']],
  StorageBlobLogs: ['store', ['StorageRead', 'StorageWrite', 'StorageDelete']],
  AzureMetrics: ['stream', ['AllMetrics']],
}

const HUBS = 'Microsoft.EventHub/namespaces'
const REDIS = 'Microsoft.Cache/redisEnterprise'
const POSTGRES = 'Microsoft.DBforPostgreSQL/flexibleServers'
const VAULTS = 'Microsoft.KeyVault/vaults'

/** What is measured within a window, minute by minute, and which alerts it is to raise. */
export const MEASURES: readonly (readonly [
  space: string,
  measured: Readonly<Record<string, readonly number[]>>,
  alerts: readonly string[],
])[] = [
  [HUBS, { ThrottledRequests: [0, 0, 1] }, ['hubs-throttled']],
  [HUBS, { ThrottledRequests: [0, 0, 0] }, []],
  [HUBS, { ServerErrors: [4, 4, 4] }, ['hubs-failing']],
  [HUBS, { ServerErrors: [0, 5, 5] }, []],
  [HUBS, { IncomingMessages: [1, 0, 0], OutgoingMessages: [0, 0, 0] }, ['reading_stopped']],
  [HUBS, { IncomingMessages: [9, 9, 9], OutgoingMessages: [0, 0, 1] }, []],
  [HUBS, { IncomingMessages: [0, 0, 0], OutgoingMessages: [0, 0, 0] }, []],
  [VAULTS, { SaturationShoebox: [70, 80, 90] }, ['vault-saturated']],
  [VAULTS, { SaturationShoebox: [40, 50, 90] }, []],
  [POSTGRES, { storage_percent: [86, 86, 86] }, ['catalog-full']],
  [POSTGRES, { storage_percent: [80, 80, 80] }, []],
  [POSTGRES, { cpu_percent: [91, 91, 91] }, ['catalog-busy']],
  [POSTGRES, { cpu_percent: [20, 99, 20] }, []],
  [REDIS, { usedmemorypercentage: [50, 81, 50] }, ['queue-full']],
  [REDIS, { usedmemorypercentage: [50, 50, 50] }, []],
]

import { KEYS, OBJECTS, READERS, type KeyAccess } from './access.ts'
import { byChoice, PRINCIPALS, type Entry, type Option, type Principal, type Product } from './entry.ts'

const CONTAINERS = 'Microsoft.Storage/storageAccounts/blobServices/containers'
const VAULTS = 'Microsoft.KeyVault/vaults'
const RETAINED = /^(clean|quarantine|deadletter|manifests)\//

interface More {
  readonly lists?: boolean
  readonly option?: Option | undefined
  readonly unproved?: string
}

function entry(
  principal: Principal,
  product: Product,
  action: string,
  resource: string,
  why: string,
  { lists = false, option, unproved }: More = {},
): Entry {
  return {
    principal,
    cloud: 'azure',
    product,
    action,
    resource,
    why,
    ...(lists && { lists }),
    ...(option !== undefined && { option }),
    ...(unproved !== undefined && { unproved }),
  }
}

/** What is needed on Azure: data actions, and the one action on the container that is no data action. */
export function azureEntries(): Entry[] {
  return [...containerEntries(), ...objectEntries(), ...keyEntries(), ...hubEntries()]
}

function containerEntries(): Entry[] {
  const why = 'Sees, before the store is used, that the container is private and holds what is asked of it.'
  return (Object.keys(PRINCIPALS) as Principal[]).map((principal) =>
    entry(principal, 'blob', `${CONTAINERS}/read`, 'containers/{container}', why),
  )
}

function objectEntries(): Entry[] {
  const ACTIONS = { create: 'write', replace: 'write', read: 'read', delete: 'delete', list: 'read' } as const
  const objects = OBJECTS.flatMap(({ who, does, path, why, option }) =>
    who.flatMap((principal) => {
      const resource = `containers/{container}/blobs/{prefix}${path}`
      return [
        ...does.map((verb) =>
          entry(principal, 'blob', `${CONTAINERS}/blobs/${ACTIONS[verb]}`, resource, why, {
            option,
            lists: verb === 'list',
          }),
        ),
        ...(does.includes('create') && RETAINED.test(path)
          ? [
              entry(
                principal,
                'blob',
                `${CONTAINERS}/blobs/immutableStorage/runAsSuperUser/action`,
                resource,
                'Holds what is committed until its date.',
                { option: byChoice(option, 'immutability'), unproved: 'the emulators ask for no permission to it' },
              ),
            ]
          : []),
      ]
    }),
  )
  const lists = 'Tries to list.'
  return [
    ...objects,
    entry('operator', 'blob', `${CONTAINERS}/blobs/read`, 'containers/{container}/blobs/*', lists, {
      option: 'check',
      lists: true,
    }),
  ]
}

/** Key Vault knows nothing of datasets: what it binds a wrap to, no role can name. */
function keyEntries(): Entry[] {
  const UNWRAP = ['keys/read', 'keys/unwrap/action'] // the public key, to verify what the vault signed
  const WRAP = [...UNWRAP, 'keys/wrap/action', 'keys/sign/action']
  const ACTIONS: Readonly<Record<KeyAccess['does'], readonly string[]>> = {
    wrap: WRAP,
    unwrap: UNWRAP,
    look: ['keys/read'],
    rotate: ['keys/rotate/action'],
    rewrap: WRAP,
    retire: ['keys/update/action'],
    check: [...WRAP, 'keyrotationpolicies/read'],
  }
  return KEYS.flatMap(({ who, does, why, option }) =>
    who.flatMap((principal) =>
      ACTIONS[does].map((action) => {
        // using a key names its version, asking about it does not
        const versioned = /^keys\/(wrap|unwrap|sign|update)\/action$/.test(action)
        return entry(principal, 'keyvault', `${VAULTS}/${action}`, versioned ? '{vaultKey}/*' : '{vaultKey}*', why, {
          option,
        })
      }),
    ),
  )
}

function hubEntries(): Entry[] {
  const receive = 'Microsoft.EventHub/namespaces/messages/receive/action'
  return [
    ...READERS.flatMap(({ who, why, option }) => [
      entry(who, 'eventhubs', receive, 'eventhubs/{hub}/consumergroups/{consumerGroup}', why, { option }),
      entry(who, 'eventhubs', receive, 'eventhubs/{hub}', 'Asks for the partitions of the hub.', { option }),
    ]),
    entry(
      'ingest',
      'blob',
      `${CONTAINERS}/blobs/write`,
      'containers/{checkpoints}/blobs/*',
      'Copies checkpoints, for other tools to see.',
      { option: 'checkpoints' },
    ),
  ]
}

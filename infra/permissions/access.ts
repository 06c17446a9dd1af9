import type { Option, Principal } from './entry.ts'

/**
 * What each principal does, in no cloud's words: to objects by zone, to the keys that wrap keys, to sources and the sink. The
 * clouds' permissions follow from this.
 */
export interface ObjectAccess {
  readonly who: readonly Principal[]
  /** `create` writes if absent, `replace` if unchanged since it was read. */
  readonly does: readonly ('create' | 'replace' | 'read' | 'delete' | 'list')[]
  /** Below the store's prefix; `list` lists what is under it. */
  readonly path: string
  readonly why: string
  readonly option?: Option
  /** What is written there always fits into one request. */
  readonly small?: true
}

const ADOPTS = 'an attempt that a crash or a lost answer cut short is found and adopted'
const OBJECT_ZONES = ['clean', 'quarantine', 'deadletter', 'scores'] as const

export const OBJECTS: readonly ObjectAccess[] = [
  {
    who: ['ingest'],
    does: ['create', 'read'],
    path: 'contracts/{dataset}/*',
    why: `Keeps the contract that windows are staged under; ${ADOPTS}.`,
  },
  {
    who: ['ingest', 'federate'],
    does: ['create'],
    path: 'keys/{dataset}/*',
    why: 'Makes the first epoch key of the dataset.',
  },
  {
    who: ['ingest', 'scan', 'encrypt', 'sweep', 'reviewer', 'exporter', 'console', 'federate'],
    does: ['read'],
    path: 'keys/{dataset}/*',
    why: 'Reads the wrapped epoch keys of the dataset.',
  },
  { who: ['ingest'], does: ['create', 'read'], path: 'staging/{dataset}/*', why: `Stages windows; ${ADOPTS}.` },
  {
    who: ['ingest'],
    does: ['create', 'read'],
    path: 'deadletter/{dataset}/*',
    why: `Keeps what could not be decoded; ${ADOPTS}.`,
  },
  {
    who: ['scan', 'reviewer', 'console'],
    does: ['read'],
    path: 'contracts/{dataset}/*',
    why: 'Reads the contract that a window was staged under, when it is no longer the configured one.',
  },
  { who: ['scan', 'encrypt'], does: ['read'], path: 'staging/{dataset}/*', why: 'Opens staged windows.' },
  {
    who: ['scan'],
    does: ['create'],
    path: 'staging/{dataset}/*',
    why: `Writes what a window gives to its dataset's pool, which no reviewer reads; ${ADOPTS}.`,
    small: true,
  },
  { who: ['scan'], does: ['create', 'read'], path: 'scores/{dataset}/*', why: `Writes scores; ${ADOPTS}.` },
  { who: ['encrypt'], does: ['read'], path: 'scores/{dataset}/*', why: 'Reads the decisions that it carries out.' },
  {
    who: ['encrypt'],
    does: ['create', 'read'],
    path: 'clean/{dataset}/*',
    why: `Writes admitted records, and reads them for delivery; ${ADOPTS}.`,
  },
  {
    who: ['encrypt'],
    does: ['create', 'read'],
    path: 'quarantine/{dataset}/*',
    why: `Writes held records; ${ADOPTS}.`,
  },
  { who: ['encrypt'], does: ['delete'], path: 'staging/{dataset}/*', why: 'Discards staged windows once committed.' },
  {
    who: ['encrypt'],
    does: ['create'],
    path: 'keys/_signing/*',
    why: 'Makes the first signing key.',
  },
  {
    who: ['encrypt', 'sweep', 'reviewer', 'exporter', 'operator', 'console', 'federate'],
    does: ['read', 'list'],
    path: 'keys/_signing/*',
    why: 'Reads the wrapped signing keys, whose public halves verify manifests.',
  },
  {
    who: ['encrypt', 'sweep', 'reviewer', 'exporter', 'console', 'federate'],
    does: ['read', 'list'],
    path: 'manifests/{dataset}/*',
    why: 'Verifies the chain of manifests.',
  },
  {
    who: ['encrypt', 'sweep', 'federate'],
    does: ['create'],
    path: 'manifests/{dataset}/*',
    why: 'Adds signed links to the chain.',
  },
  { who: ['sweep'], does: ['list'], path: 'staging/*', why: 'Finds staged windows that were committed already.' },
  { who: ['sweep'], does: ['delete'], path: 'staging/{dataset}/*', why: 'Discards staged windows of before a crash.' },
  {
    who: ['sweep', 'reviewer', 'console'],
    does: ['read'],
    path: 'quarantine/{dataset}/*',
    why: 'Opens held records.',
  },
  {
    who: ['sweep'],
    does: ['create', 'read'],
    path: 'clean/{dataset}/*',
    why: `Writes released records; ${ADOPTS}.`,
  },
  { who: ['reviewer', 'console'], does: ['read'], path: 'scores/{dataset}/*', why: 'Says why a record is held.' },
  {
    who: ['reviewer', 'console'],
    does: ['read'],
    path: 'deadletter/{dataset}/*',
    why: 'Shows what could not be decoded.',
    option: 'letters',
  },
  {
    who: ['console'],
    does: ['read'],
    path: 'clean/{dataset}/*',
    why: 'Shows what was admitted, beside what is held.',
    option: 'neighbours',
  },
  {
    who: ['console'],
    does: ['create', 'read'],
    path: 'clean/{dataset}/*',
    why: `Writes released records; ${ADOPTS}.`,
    option: 'releases',
  },
  {
    who: ['console'],
    does: ['create'],
    path: 'manifests/{dataset}/*',
    why: 'Adds signed links to the chain.',
    option: 'releases',
  },
  {
    who: ['federate'],
    does: ['create', 'read'],
    path: 'clean/{dataset}/*',
    why: `Writes the models of its rounds; ${ADOPTS}.`,
  },
  {
    who: ['federate'],
    does: ['create', 'read'],
    path: 'scores/{dataset}/*',
    why: `Writes how each round ended; ${ADOPTS}.`,
  },
  { who: ['exporter'], does: ['read'], path: 'clean/{dataset}/*', why: 'Opens admitted records.' },
  {
    who: ['exporter', 'console'],
    does: ['read', 'list'],
    path: 'manifests/*',
    why: 'Holds every chain against the audit log.',
    option: 'audit',
  },
  ...OBJECT_ZONES.filter((zone) => zone !== 'clean').map((zone): ObjectAccess => ({
    who: ['exporter'],
    does: ['read'],
    path: `${zone}/{dataset}/*`,
    why: 'Compares the digest of every object that a manifest signs for.',
    option: 'verify',
  })),
  ...(['clean', 'quarantine'] as const).map((zone): ObjectAccess => ({
    who: ['exporter'],
    does: ['list'],
    path: `${zone}/{dataset}/*`,
    why: 'Finds objects that no manifest names.',
    option: 'verify',
  })),
  {
    who: ['operator'],
    does: ['list', 'read', 'replace'],
    path: 'keys/*',
    why: 'Looks at every key record, and brings it under the current version of its keys.',
  },
  {
    who: ['operator'],
    does: ['create'],
    path: 'keys/{dataset}/*',
    why: 'Makes new epoch keys.',
    option: 'newEpochs',
  },
  {
    who: ['operator'],
    does: ['create'],
    path: 'keys/_signing/*',
    why: 'Makes the next signing key.',
    option: 'rotateSigning',
  },
  {
    who: ['operator'],
    does: ['create', 'read', 'list'],
    path: 'manifests/*',
    why: 'Ends the right of the former signing key in every chain.',
    option: 'rotateSigning',
  },
  ...(['staging', ...OBJECT_ZONES] as const).flatMap((zone): ObjectAccess[] => [
    {
      who: ['operator'],
      does: ['list', 'read'],
      path: `${zone}/*`,
      why: 'Counts the objects under each epoch key.',
      option: 'countObjects',
    },
    {
      who: ['operator'],
      does: ['list', 'read'],
      path: `${zone}/{dataset}/*`,
      why: 'Finds what becomes unreadable with a key.',
      option: 'destroy',
    },
  ]),
  {
    who: ['operator'],
    does: ['create', 'read'],
    path: 'destroyed/{dataset}/*',
    why: `Writes the signed report on a destroyed key; ${ADOPTS}.`,
    option: 'destroy',
  },
  ...OBJECT_ZONES.map((zone): ObjectAccess => ({
    who: ['operator'],
    does: ['create', 'read', 'delete'],
    path: `${zone}/{dataset}/*`,
    why: 'Writes every object anew under the current epoch key, then deletes the one before.',
    option: 'reencrypt',
  })),
  {
    who: ['operator'],
    does: ['create', 'read', 'list'],
    path: 'manifests/*',
    why: 'Signs which object stands for which.',
    option: 'reencrypt',
  },
  {
    who: ['operator'],
    does: ['create', 'read', 'delete'],
    path: 'staging/_check/*',
    why: 'Tries the permissions on an object of its own.',
    option: 'check',
  },
]

export interface KeyAccess {
  readonly who: readonly Principal[]
  readonly does: 'wrap' | 'unwrap' | 'look' | 'rotate' | 'rewrap' | 'retire' | 'check'
  /** Whose epoch keys; AWS KMS alone can hold a permission to it. */
  readonly of?: '{dataset}' | '_signing' | '_check'
  readonly why: string
  readonly option?: Option
}

export const KEYS: readonly KeyAccess[] = [
  {
    who: ['ingest', 'federate'],
    does: 'wrap',
    of: '{dataset}',
    why: 'Wraps the first epoch key of the dataset, and proves that it opens.',
  },
  {
    who: ['ingest', 'scan', 'encrypt', 'sweep', 'reviewer', 'exporter', 'console', 'federate'],
    does: 'unwrap',
    of: '{dataset}',
    why: 'Unwraps the epoch keys of the dataset.',
  },
  { who: ['encrypt'], does: 'wrap', of: '_signing', why: 'Wraps the first signing key, and proves that it opens.' },
  {
    who: ['encrypt', 'sweep', 'reviewer', 'exporter', 'operator', 'console', 'federate'],
    does: 'unwrap',
    of: '_signing',
    why: 'Unwraps the signing keys: only what unwraps is trusted to verify manifests.',
  },
  { who: ['operator'], does: 'look', why: 'Says which version wraps, and which there are.' },
  { who: ['operator'], does: 'rotate', why: 'Gives the key a new version.' },
  { who: ['operator'], does: 'rewrap', of: '{dataset}', why: 'Brings wraps under the current version.' },
  { who: ['operator'], does: 'rewrap', of: '_signing', why: 'Brings wraps under the current version.' },
  { who: ['operator'], does: 'retire', why: 'Ends a version that nothing depends on.' },
  {
    who: ['operator'],
    does: 'wrap',
    of: '{dataset}',
    why: 'Wraps new epoch keys, and proves that they open.',
    option: 'newEpochs',
  },
  {
    who: ['operator'],
    does: 'wrap',
    of: '_signing',
    why: 'Wraps the next signing key, and proves that it opens.',
    option: 'rotateSigning',
  },
  {
    who: ['operator'],
    does: 'unwrap',
    of: '{dataset}',
    why: 'Opens every object to write it anew.',
    option: 'reencrypt',
  },
  { who: ['operator'], does: 'check', of: '_check', why: 'Tries the key on one that nobody uses.', option: 'check' },
]

/** Who reads the stream of a dataset. */
export const READERS: readonly { readonly who: Principal; readonly why: string; readonly option?: Option }[] = [
  { who: 'ingest', why: 'Reads the source.' },
  { who: 'operator', why: 'Tries to read the source.', option: 'check' },
]

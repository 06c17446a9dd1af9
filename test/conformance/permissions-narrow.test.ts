import { expect, test } from 'vitest'
import { wideProblems } from '#test/support/permissions/narrow.ts'
import type { Entry } from '../../infra/permissions/entry.ts'
import { STATEMENT } from '../../infra/permissions/statement.ts'

test('every entry of the statement is as narrow as it can be', () => {
  expect(wideProblems(STATEMENT)).toEqual([])
})

type Change = (entry: Entry) => { [K in keyof Entry]?: Entry[K] | undefined }
const without: Change = () => ({ condition: undefined })

/** `[what somebody did, of which entries, how, what is said]`: every call that emulators see is allowed by what it becomes. */
const WIDENED: readonly [string, (entry: Entry) => boolean, Change, string][] = [
  [
    'scans read what is staged for every dataset',
    ({ principal, resource }) => principal === 'scan' && resource.includes('staging/{dataset}'),
    ({ resource }) => ({ resource: resource.replace('{dataset}/', '') }),
    'aws: scan may s3:GetObject on arn:aws:s3:::{bucket}/{prefix}staging/*: of every dataset',
  ],
  [
    'reviewers open what is held of every dataset',
    ({ principal, resource }) => principal === 'reviewer' && resource.includes('quarantine/{dataset}'),
    ({ resource }) => ({ resource: resource.replace('{dataset}/', '') }),
    'gcp: reviewer may storage.objects.get',
  ],
  [
    'the whole bucket is written',
    ({ principal, action }) => principal === 'ingest' && /write$|objects\.create$/.test(action),
    ({ resource }) => ({ resource: resource.replace(/\{prefix\}.*/, '{prefix}*') }),
    'azure: ingest may Microsoft.Storage/storageAccounts/blobServices/containers/blobs/write',
  ],
  [
    'the operator writes what is committed of every dataset',
    ({ principal, resource, option }) => principal === 'operator' && option === 'reencrypt' && /clean/.test(resource),
    ({ resource }) => ({ resource: resource.replace('{dataset}/', '') }),
    'aws: operator may s3:PutObject on arn:aws:s3:::{bucket}/{prefix}clean/*: of every dataset',
  ],
  [
    'what is staged is overwritten',
    ({ principal, action }) => principal === 'ingest' && action === 's3:PutObject',
    without,
    'aws: ingest may s3:PutObject on arn:aws:s3:::{bucket}/{prefix}staging/{dataset}/*: whatever is there',
  ],
  [
    'keys are replaced whatever they are',
    ({ principal, action }) => principal === 'operator' && action === 's3:PutObject',
    without,
    'aws: operator may s3:PutObject on arn:aws:s3:::{bucket}/{prefix}keys/*: whatever is there',
  ],
  [
    'manifests are replaced',
    ({ principal, action }) => principal === 'encrypt' && action === 's3:PutObject',
    () => ({ condition: { Null: { 's3:if-match': 'false' } } }),
    'replaces',
  ],
  [
    'every key of every dataset is opened',
    ({ principal, action }) => principal === 'exporter' && action === 'kms:Decrypt',
    without,
    'aws: exporter may kms:Decrypt on {kmsKeyArn}: whoever asks',
  ],
  [
    'the key of the store is used by hand',
    ({ action, resource }) => action === 'kms:GenerateDataKey' && resource === '{storeKeyArn}',
    without,
    'aws: ingest may kms:GenerateDataKey on {storeKeyArn}: whoever asks',
  ],
  [
    'a reader of the stream writes to it, which no emulator is asked for',
    ({ principal, action }) => principal === 'ingest' && action === 'kinesis:GetRecords',
    () => ({ action: 'kinesis:PutRecord', unproved: 'nobody saw it' }),
    'aws: ingest may kinesis:PutRecord on arn:aws:kinesis:{region}:{account}:stream/{stream}: nobody is seen to',
  ],
  [
    'who reads secrets makes them',
    ({ action }) => action === 'secretmanager.versions.access',
    () => ({ action: 'secretmanager.versions.add' }),
    'gcp: ingest may secretmanager.versions.add',
  ],
  [
    'a service signs in as the operator',
    ({ principal, action }) => principal === 'scan' && action === 'rds-db:connect',
    ({ resource }) => ({ resource: resource.replace(/scan$/, 'operator') }),
    'as another',
  ],
  [
    'who reads what is immutable ends its retention',
    ({ action, principal }) => principal === 'ingest' && action.endsWith('runAsSuperUser/action'),
    ({ resource }) => ({ resource: resource.replace('deadletter', 'clean') }),
    'what it does not write',
  ],
  [
    'anything is done to keys',
    ({ principal, action }) => principal === 'encrypt' && action.startsWith('cloudkms.'),
    () => ({ action: 'cloudkms.*' }),
    'gcp: encrypt may cloudkms.* on {kmsKeyName}: anything',
  ],
]

test.each(WIDENED)('it is noticed when %s', (_, concerns, change, says) => {
  const widened = STATEMENT.map((entry) => (concerns(entry) ? { ...entry, ...change(entry) } : entry))
  expect(widened).not.toEqual(STATEMENT)
  expect(wideProblems(widened as readonly Entry[]).join('\n')).toContain(says)
})

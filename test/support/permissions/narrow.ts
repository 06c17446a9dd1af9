import type { Entry } from '../../../infra/permissions/entry.ts'

/** What no emulator asks for: product and action. Whatever else nobody is seen to use is granted to nobody. */
const UNPROVED = new Set([
  'awskms kms:Decrypt',
  'rds-db rds-db:connect',
  'blob Microsoft.Storage/storageAccounts/blobServices/containers/blobs/immutableStorage/runAsSuperUser/action',
  'gcs storage.objects.list',
  'cloudsql cloudsql.instances.login',
  'secretmanager secretmanager.versions.access',
  'bigquery bigquery.tables.getData',
  'bigquery bigquery.jobs.create',
])
const WRITES = /:Put|:Delete|blobs\/(write|delete)$|objects\.(create|update|delete)$/
const OPENS = /:(Encrypt|Decrypt|ReEncrypt\w*|GenerateDataKey\w*)$/

/** Where an entry of the statement allows more than what was seen of it needed, each in a line: calls fit into what is wide, too. */
export function wideProblems(statement: readonly Entry[]): string[] {
  return statement.flatMap((entry) => {
    const said = [...ofDataset(entry), ...onCondition(entry), ...proved(entry, statement)]
    return said.map(
      (problem) => `${entry.cloud}: ${entry.principal} may ${entry.action} on ${entry.resource}: ${problem}`,
    )
  })
}

/** Objects of one dataset, or of what is nobody's: the chains by who verifies them, and what the operator looks after. */
function ofDataset({ principal, action, resource, option, lists }: Entry): string[] {
  if (/\*/.test(action) || (resource === '*' && action !== 'sts:GetCallerIdentity')) return ['anything']
  const zone = /\{prefix\}(\w*)/.exec(resource)?.[1]
  if (zone === undefined || /\/(\{dataset\}|_signing|_check)\//.test(resource)) return []
  const isWriting = WRITES.test(action)
  if (principal === 'operator') return isWriting && !['keys', 'manifests'].includes(zone) ? ['of every dataset'] : []
  if (option === 'audit' && zone === 'manifests' && !isWriting) return []
  return lists === true || /list/i.test(action) ? [] : ['of every dataset']
}

/** On AWS, whatever is written is new, or replaces what was read; keys open for one dataset, or for a service of AWS. */
function onCondition({ principal, action, resource, condition }: Entry): string[] {
  const said = JSON.stringify(condition ?? {})
  if (action === 's3:PutObject') {
    const replaces = said.includes('"s3:if-match":"false"')
    if (replaces && principal !== 'operator') return ['replaces']
    return replaces || /"s3:(if-none-match|ObjectCreationOperation)":"false"/.test(said) ? [] : ['whatever is there']
  }
  if (!action.startsWith('kms:') || !OPENS.test(action)) return []
  const by = resource === '{kmsKeyArn}' ? 'kms:EncryptionContext:dataset' : 'kms:ViaService'
  return said.includes(`"StringEquals":{"${by}"`) ? [] : ['whoever asks']
}

/** What is not seen to be used is known not to be, and goes with what is. */
function proved(entry: Entry, statement: readonly Entry[]): string[] {
  if (entry.unproved === undefined) return []
  if (!UNPROVED.has(`${entry.product} ${entry.action}`)) return ['nobody is seen to']
  const { cloud, principal, resource } = entry
  if (entry.product === 'rds-db') return resource.endsWith(`-${principal}`) ? [] : ['as another']
  if (entry.product !== 'blob') return []
  const isWritten = statement.some(
    (other) =>
      other.cloud === cloud &&
      other.principal === principal &&
      other.resource === resource &&
      WRITES.test(other.action),
  )
  return isWritten ? [] : ['what it does not write']
}

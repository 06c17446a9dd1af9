import {
  DescribeStreamSummaryCommand,
  DryRunOperationException,
  SubscribeToShardCommand,
  type KinesisClient,
  type StreamDescriptionSummary,
} from '@aws-sdk/client-kinesis'
import { callerIdentity } from '#clouds/aws/identity.ts'
import { endpointUrl } from '#clouds/endpoint.ts'
import { AppError } from '#core/errors.ts'
import type { CheckLine } from '#core/check.ts'
import { createKinesisCaller, type KinesisCaller } from './caller.ts'
import type { KinesisConnection } from './client.ts'
import { describeConsumer } from './consumer.ts'
import { kinesisError } from './errors.ts'
import { parsePlace, resumeAt } from './place.ts'
import { getRecords, iteratorAt, listShards, type ListedShard } from './shard.ts'

export interface KinesisCheck extends KinesisConnection {
  readonly client: KinesisClient
  readonly signal: AbortSignal
  readonly consumer?: string | undefined
  readonly identityEndpoint?: string | undefined
  readonly positions?: (shard: string) => Promise<ReadonlyMap<string, string>>
}

const MAX_LAGS = 100
const HOUR_MS = 3_600_000

/** The lines about a stream for `credence check`, by calls that change nothing. Never rejects. */
export async function checkKinesis(options: KinesisCheck): Promise<CheckLine[]> {
  const { client, stream, mode, signal } = options
  const caller = createKinesisCaller(client, stream, (work) => work())
  const describing = caller.call('DescribeStreamSummary', null, signal, (client, send) =>
    client.send(new DescribeStreamSummaryCommand(caller.streamParameters), send),
  )
  const [summary, identity] = await Promise.all([outcome(describing), identityLine(options)])
  const listed = await outcome(listShards(caller, signal))
  const shards = listed.value ?? []
  const about = summary.value?.StreamDescriptionSummary
  return [
    summary.problem ? failed(`stream ${stream}`, summary.problem) : streamLine(stream, about!),
    identity,
    permission('ListShards', listed.problem),
    ...(mode === 'fan-out' ? await fanOutLines(options, caller, about, shards) : []),
    ...(await readingLines(options, caller, shards, (about?.RetentionPeriodHours ?? 24) * HOUR_MS)),
    ...(about ? [encryptionLine(stream, about), retentionLine(stream, about)] : []),
  ]
}

function streamLine(stream: string, about: StreamDescriptionSummary): CheckLine {
  const { StreamStatus: status, OpenShardCount: open = 0, StreamModeDetails: details } = about
  const capacity = details?.StreamMode === 'ON_DEMAND' ? 'on demand' : 'provisioned'
  const says = `${status?.toLowerCase()}, ${capacity}, ${open} open shard${open === 1 ? '' : 's'}`
  const isReadable = status === 'ACTIVE' || status === 'UPDATING'
  const fix = `wait until it is ACTIVE: aws kinesis wait stream-exists --stream-name ${about.StreamName}`
  return { what: `stream ${stream}`, state: isReadable ? 'ok' : 'failed', says, ...(isReadable ? {} : { fix }) }
}

function encryptionLine(stream: string, { EncryptionType, KeyId, StreamName }: StreamDescriptionSummary): CheckLine {
  const what = `encryption of ${stream}`
  if (EncryptionType === 'KMS') return { what, state: 'ok', says: `at rest under ${KeyId}` }
  const fix = `aws kinesis start-stream-encryption --encryption-type KMS --key-id KEY --stream-name ${StreamName}`
  return { what, state: 'warn', says: 'records rest unencrypted in the stream', fix }
}

function retentionLine(
  stream: string,
  { RetentionPeriodHours: hours = 0, StreamName }: StreamDescriptionSummary,
): CheckLine {
  const what = `retention of ${stream}`
  const says = `records are kept for ${hours} hours, and lost if they are not read by then`
  if (hours > 24) return { what, state: 'ok', says }
  const fix = `aws kinesis increase-stream-retention-period --retention-period-hours 168 --stream-name ${StreamName}`
  return { what, state: 'warn', says, fix }
}

async function identityLine({ client, stream, emulator, identityEndpoint }: KinesisCheck): Promise<CheckLine> {
  const what = 'identity'
  if (emulator && identityEndpoint === undefined) {
    return { what, state: 'unknown', says: 'the emulator of Kinesis knows of none' }
  }
  try {
    if (identityEndpoint !== undefined) endpointUrl(identityEndpoint, stream, emulator)
    const { region, credentials } = client.config
    const arn = await callerIdentity({ region: await region(), endpoint: identityEndpoint, credentials })
    return arn === null ? { what, state: 'unknown', says: 'STS names nobody' } : { what, state: 'ok', says: arn }
  } catch (error) {
    return failed(what, kinesisError(error, { action: 'sts:GetCallerIdentity', resource: 'the identity' }))
  }
}

/** Reads one record of each shard, which shows whether it may be read and how far behind its position is. */
async function readingLines(
  { signal, mode, positions }: KinesisCheck,
  caller: KinesisCaller,
  shards: readonly ListedShard[],
  retentionMs: number,
): Promise<CheckLine[]> {
  const lines: CheckLine[] = []
  const problems: { iterator?: AppError; records?: AppError } = {}
  for (const { id } of shards.slice(0, MAX_LAGS)) {
    const mark = (await positions?.(id))?.get(id)
    const start = mark === undefined ? ({ Type: 'TRIM_HORIZON' } as const) : resumeAt(parsePlace(mark))
    const iterator = await outcome(iteratorAt({ caller, shard: id, start, signal }))
    if (iterator.problem) {
      problems.iterator ??= iterator.problem
      continue
    }
    const reading =
      iterator.value === undefined ? null : await outcome(getRecords({ caller, shard: id, signal }, iterator.value, 1))
    if (reading?.problem) problems.records ??= reading.problem
    else lines.push(lagLine(id, reading?.value?.behindMs ?? 0, mark !== undefined, retentionMs))
  }
  if (shards.length > MAX_LAGS) {
    lines.push({
      what: 'lag of other shards',
      state: 'unknown',
      says: `${shards.length - MAX_LAGS} were not looked at`,
    })
  }
  // with fan-out, reading does not need these; redriving and this check do
  const optional = (line: CheckLine): CheckLine =>
    mode === 'fan-out' && line.state === 'failed' ? { ...line, state: 'warn' } : line
  return [
    ...(shards.length === 0
      ? []
      : [permission('GetShardIterator', problems.iterator), permission('GetRecords', problems.records)].map(optional)),
    ...lines,
  ]
}

function lagLine(shard: string, behindMs: number, isRead: boolean, retentionMs: number): CheckLine {
  const what = `lag of ${shard}`
  if (!isRead) return { what, state: 'ok', says: `not read yet; its records reach back ${behindMs} ms` }
  const says = `${behindMs} ms behind its newest record`
  if (behindMs < retentionMs / 2) return { what, state: 'ok', says }
  return {
    what,
    state: 'warn',
    says,
    fix: 'records are lost when they reach the retention: add workers, or keep records longer',
  }
}

async function fanOutLines(
  { consumer = '', client, signal, stream }: KinesisCheck,
  caller: KinesisCaller,
  about: StreamDescriptionSummary | undefined,
  shards: readonly ListedShard[],
): Promise<CheckLine[]> {
  if (!about) return []
  const what = `consumer ${consumer}`
  const found = await outcome(describeConsumer(caller, about.StreamARN!, consumer, signal))
  if (found.problem) return [failed(what, found.problem)]
  if (!found.value) {
    const says = `not registered with ${stream} yet; the first reader registers it if kinesis:RegisterStreamConsumer is allowed`
    const fix = `aws kinesis register-stream-consumer --consumer-name ${consumer} --stream-arn ${about.StreamARN}`
    return [{ what, state: 'warn', says, fix }]
  }
  const { arn, status } = found.value
  const open = shards[0]
  const line: CheckLine = { what, state: status === 'ACTIVE' ? 'ok' : 'warn', says: `${status.toLowerCase()}, ${arn}` }
  return open ? [line, permission('SubscribeToShard', await trySubscribing(client, arn, open.id, signal))] : [line]
}

/** A dry run, so that the shard's current reader keeps its subscription. */
async function trySubscribing(client: KinesisClient, consumer: string, shard: string, signal: AbortSignal) {
  const stop = new AbortController()
  const input = { ConsumerARN: consumer, ShardId: shard, StartingPosition: { Type: 'LATEST' }, DryRun: true } as const
  try {
    await client.send(new SubscribeToShardCommand(input), { abortSignal: AbortSignal.any([signal, stop.signal]) })
    return undefined
  } catch (error) {
    if (error instanceof DryRunOperationException) return undefined
    const problem = kinesisError(error, { action: 'kinesis:SubscribeToShard', resource: `${consumer}, ${shard}` })
    return problem.reason === 'in_use' ? undefined : problem // another reader has a subscription, so it is permitted
  } finally {
    stop.abort()
  }
}

function permission(action: string, problem: AppError | undefined): CheckLine {
  const what = `permission kinesis:${action}`
  if (!problem) return { what, state: 'ok', says: 'allowed' }
  if (problem.code === 'denied') return failed(what, problem)
  return { what, state: 'unknown', says: problem.message }
}

const FIXES: { readonly [code in AppError['code']]?: string } = {
  denied: 'see the least-privilege statement in the documentation for what the identity needs',
  not_found: 'correct the name, the account or the region in the configuration',
  unavailable: 'check the network, the endpoint and its security group',
  throttled: 'try again, or raise the limits of the stream',
}

function failed(what: string, problem: AppError): CheckLine {
  const fix = FIXES[problem.code]
  return { what, state: 'failed', says: problem.message, fix }
}

async function outcome<T>(work: Promise<T>): Promise<{ readonly value?: T; readonly problem?: AppError }> {
  try {
    return { value: await work }
  } catch (error) {
    if (error instanceof AppError) return { problem: error }
    throw error
  }
}

import {
  DescribeStreamConsumerCommand,
  DescribeStreamSummaryCommand,
  RegisterStreamConsumerCommand,
} from '@aws-sdk/client-kinesis'
import { AppError, isAppError } from '#core/errors.ts'
import type { KinesisCaller } from './caller.ts'

const ACTIVE_POLL_MS = 500
const ACTIVE_POLLS = 240

/**
 * The ARN of the stream's enhanced fan-out consumer with that name, once it is active; registers it if there is none. Readers in
 * many processes share it, so it is never removed here: whoever removes the pipeline must do that.
 */
export async function findConsumer(caller: KinesisCaller, name: string, signal: AbortSignal): Promise<string> {
  const arn = await streamArn(caller, signal)
  for (let poll = 0; poll < ACTIVE_POLLS && !signal.aborted; poll++) {
    const consumer = await describeConsumer(caller, arn, name, signal)
    if (consumer?.status === 'ACTIVE') return consumer.arn
    if (consumer === null) await register(caller, arn, name, signal)
    await caller.pause(ACTIVE_POLL_MS, signal)
  }
  throw new AppError('unavailable', `the consumer ${name} of ${caller.stream} does not become active`)
}

export interface Consumer {
  readonly arn: string
  readonly status: string
}

/** The consumer of that name; null if there is none. */
export async function describeConsumer(
  caller: KinesisCaller,
  stream: string,
  name: string,
  signal: AbortSignal,
): Promise<Consumer | null> {
  try {
    const input = { StreamARN: stream, ConsumerName: name }
    const { ConsumerDescription: found } = await caller.call(
      'DescribeStreamConsumer',
      `consumer ${name}`,
      signal,
      (client, options) => client.send(new DescribeStreamConsumerCommand(input), options),
    )
    return { arn: found!.ConsumerARN!, status: found!.ConsumerStatus! }
  } catch (error) {
    if (isAppError(error, 'not_found')) return null
    throw error
  }
}

async function register(caller: KinesisCaller, stream: string, name: string, signal: AbortSignal): Promise<void> {
  const input = { StreamARN: stream, ConsumerName: name }
  try {
    await caller.call('RegisterStreamConsumer', `consumer ${name}`, signal, (client, options) =>
      client.send(new RegisterStreamConsumerCommand(input), options),
    )
  } catch (error) {
    // another process registers it at the same moment
    if (!isAppError(error, 'unavailable') || error.reason !== 'in_use') throw error
  }
}

/** The stream's ARN; requested if only its name is known. */
async function streamArn(caller: KinesisCaller, signal: AbortSignal): Promise<string> {
  if (caller.arnParameter.StreamARN !== undefined) return caller.arnParameter.StreamARN
  const summary = await caller.call('DescribeStreamSummary', null, signal, (client, options) =>
    client.send(new DescribeStreamSummaryCommand(caller.streamParameters), options),
  )
  return summary.StreamDescriptionSummary!.StreamARN!
}

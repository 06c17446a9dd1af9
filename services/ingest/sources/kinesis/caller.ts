import type { KinesisClient } from '@aws-sdk/client-kinesis'
import { AppError } from '#core/errors.ts'
import { sleep } from '#runtime/waiting/retry.ts'
import { kinesisError } from './errors.ts'

/** Runs calls until they succeed, or gives up: what failed for good, or too often, is thrown. */
export type RetryCalls = <T>(work: () => Promise<T>, signal: AbortSignal) => Promise<T>

/** The calls of one stream. */
export interface KinesisCaller {
  /** The stream's name or ARN, as it was configured. */
  readonly stream: string
  /** What names the stream in calls that take either, and in those that take the ARN alone. */
  readonly streamParameters: { readonly StreamARN: string } | { readonly StreamName: string }
  readonly arnParameter: { readonly StreamARN?: string }
  /** One call, by the name of its permission; errors are mapped, and those that pass are waited out. */
  call<T>(action: string, on: string | null, signal: AbortSignal, work: Work<T>): Promise<T>
  /** Waits, not beyond the signal. */
  pause(ms: number, signal: AbortSignal): Promise<void>
}

type Work<T> = (client: KinesisClient, options: { readonly abortSignal: AbortSignal }) => Promise<T>

export function createKinesisCaller(client: KinesisClient, stream: string, retry: RetryCalls): KinesisCaller {
  const isArn = stream.startsWith('arn:')
  return {
    stream,
    streamParameters: isArn ? { StreamARN: stream } : { StreamName: stream },
    arnParameter: isArn ? { StreamARN: stream } : {},
    call(action, on, signal, work) {
      const about = { action: `kinesis:${action}`, resource: on === null ? stream : `${stream}, ${on}` }
      const once = async () => {
        try {
          return await work(client, { abortSignal: signal })
        } catch (error) {
          if (signal.aborted) throw new AppError('unavailable', `${about.action} was given up`, { reason: 'aborted' })
          throw kinesisError(error, about)
        }
      }
      return retry(once, signal)
    },
    async pause(ms, signal) {
      if (ms > 0 && !signal.aborted) await sleep(ms, signal).catch(() => {})
    },
  }
}

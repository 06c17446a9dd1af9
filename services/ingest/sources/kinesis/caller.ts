import type { KinesisClient } from '@aws-sdk/client-kinesis'
import { AppError } from '#core/errors.ts'
import { sleep } from '#runtime/waiting/retry.ts'
import { kinesisError } from './errors.ts'

/** Retries a call until it succeeds. Throws an error that is final or occurs too often. */
export type RetryCalls = <T>(work: () => Promise<T>, signal: AbortSignal) => Promise<T>

/** The calls of one stream. */
export interface KinesisCaller {
  /** The stream's name or ARN, as it was configured. */
  readonly stream: string
  /** The parameters that name the stream in calls that accept name or ARN, and in those that accept only the ARN. */
  readonly streamParameters: { readonly StreamARN: string } | { readonly StreamName: string }
  readonly arnParameter: { readonly StreamARN?: string }
  /** Makes one call, named by its permission. Errors are mapped, and transient ones are retried. */
  call<T>(action: string, on: string | null, signal: AbortSignal, work: Work<T>): Promise<T>
  /** Waits, at most until the signal. */
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

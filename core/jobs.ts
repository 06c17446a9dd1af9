import { z } from 'zod'

/** Jobs carry a window id, never a payload. The job's id is `<stage>:<window>`: enqueuing twice is harmless. */
export const jobSchema = z.strictObject({ stage: z.enum(['scan', 'commit']), window: z.string() })
export type Job = z.infer<typeof jobSchema>
export type Stage = Job['stage']

export function jobId(job: Job): string {
  return `${job.stage}:${job.window}`
}

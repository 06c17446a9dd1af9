import { AppError, type ErrorCode } from '#core/errors.ts'

/** Why a message, a request or a round is refused: stable, and the same in every client. */
const FAULTS = {
  truncated: 'corrupt',
  trailing_data: 'corrupt',
  bad_magic: 'corrupt',
  old_version: 'conflict',
  bad_signature: 'denied',
  unknown_sender: 'denied',
  stale_call: 'denied',
  unknown_origin: 'denied',
  wrong_stage: 'conflict',
  wrong_session: 'conflict',
  wrong_round: 'conflict',
  wrong_transcript: 'conflict',
  wrong_size: 'corrupt',
  bad_key: 'corrupt',
  not_ascending: 'corrupt',
  unknown_index: 'corrupt',
  left_out: 'conflict',
  answered_twice: 'conflict',
  other_model: 'conflict',
  bad_terms: 'invalid',
  bad_update: 'invalid',
  not_finite: 'invalid',
  too_few: 'conflict',
  share_unreadable: 'corrupt',
  shares_undealt: 'corrupt',
  shares_missing: 'conflict',
  shares_unusable: 'corrupt',
  sketch_differs: 'conflict',
} as const satisfies Record<string, ErrorCode>
export type Fault = keyof typeof FAULTS

export function fault(reason: Fault, message: string): AppError {
  return new AppError(FAULTS[reason], message, { reason })
}

/** Verifies a chain with a public key alone: no cloud's SDK, nothing of Node.js, so that it runs in a browser too. */
export { verify, type Verified, type VerifyOptions } from '#services/encrypt/chain/verify-anywhere.ts'
export { AppError, isAppError, type ErrorCode } from '#core/errors.ts'
export type { WindowCounts } from '#core/window.ts'

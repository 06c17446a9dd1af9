/** Verifies a chain with public keys only. Uses no cloud SDK and nothing of Node.js, so it also runs in a browser. */
export { verify, type Verified, type VerifyOptions } from '#services/encrypt/chain/verify-anywhere.ts'
export { AppError, isAppError, type ErrorCode } from '#core/errors.ts'
export type { WindowCounts } from '#core/window.ts'

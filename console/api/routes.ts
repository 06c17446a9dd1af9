import { CLIENT_ROUTES } from './clients.ts'
import { DATA_ROUTES } from './data.ts'
import { DECISION_ROUTES } from './decisions.ts'
import { DRAFT_ROUTES } from './drafts.ts'
import { ELEVATION_ROUTES } from './elevations.ts'
import { OPINION_ROUTES } from './opinions.ts'
import { OPERATION_ROUTES } from './operations.ts'
import { RECALL_ROUTES } from './recalls.ts'
import { RECORD_ROUTES } from './records.ts'
import { REPEAT_ROUTES } from './repeats.ts'
import { SESSION_ROUTES } from './session.ts'
import { WEBHOOK_ROUTES } from './webhooks.ts'

/** Every route of the console, by operation. The server checks requests by it, and its documentation is made from it. */
export const ROUTES = {
  ...SESSION_ROUTES,
  ...DATA_ROUTES,
  ...RECORD_ROUTES,
  ...DECISION_ROUTES,
  ...OPINION_ROUTES,
  ...CLIENT_ROUTES,
  ...RECALL_ROUTES,
  ...REPEAT_ROUTES,
  ...OPERATION_ROUTES,
  ...DRAFT_ROUTES,
  ...WEBHOOK_ROUTES,
  ...ELEVATION_ROUTES,
} as const
export type Operation = keyof typeof ROUTES

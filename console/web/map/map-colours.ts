import { ATTRIBUTES } from '#console/api/closed-lists.ts'
import type { AnswerOf } from '../api/client.ts'
import { TEXTS } from '../texts.ts'
import { inkOf } from './draw-points.ts'
import { bytesOf, float32 } from './points.ts'

export type WindowMapData = AnswerOf<'GET /v1/windows/{window}/map'>
export type MapMode = keyof typeof TEXTS.map.modes
/** Which of the most frequent labels or contributors each point has. */
export type MapAttribute = AnswerOf<'GET /v1/windows/{window}/map/{attribute}'>

export function isAttribute(mode: MapMode): mode is (typeof ATTRIBUTES)[number] {
  return ATTRIBUTES.some((attribute) => attribute === mode)
}

export const DECISION_INKS = ['--pending', '--quarantined', '--rejected'] as const
export const SERIES = 8
export const RISK_STEPS = 6

/** Three bytes for each point, as the present theme has them; of an attribute that has not come, all of them are plain. */
export function coloursOf(
  element: HTMLElement,
  data: WindowMapData,
  mode: MapMode,
  attribute: MapAttribute | null,
): Uint8Array {
  const colours = new Uint8Array(3 * data.records)
  const decisions = bytesOf(data.decision)
  if (mode === 'campaign' || isAttribute(mode)) {
    const [plain, ...inks] = ['--pending', ...Array.from({ length: SERIES }, (_, i) => `--series-${i}`)].map((name) =>
      inkOf(element, name),
    )
    const values = attribute === null ? null : bytesOf(attribute.of)
    for (let i = 0; i < data.records; i++) colours.set(inks[values?.[i] ?? SERIES] ?? plain ?? [0, 0, 0], 3 * i)
    if (mode !== 'campaign') return colours
    for (const [c, { members }] of data.campaigns.entries())
      for (const i of members) colours.set(inks[c % SERIES] ?? [0, 0, 0], 3 * i)
    return colours
  }
  const names = mode === 'risk' ? Array.from({ length: RISK_STEPS }, (_, step) => `--risk-${step}`) : DECISION_INKS
  const inks = names.map((name) => inkOf(element, name))
  const risks = float32(data.risk)
  for (let i = 0; i < data.records; i++) {
    const risk = Math.min(RISK_STEPS - 1, Math.floor((risks[i] ?? 0) * RISK_STEPS))
    colours.set(inks[mode === 'risk' ? risk : (decisions[i] ?? 0)] ?? [0, 0, 0], 3 * i)
  }
  return colours
}

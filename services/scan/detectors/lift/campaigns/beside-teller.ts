import type { Grouping, TableColumn } from '../../../view/samples.ts'
import type { Teller, TokenMatrix } from '../../../view/window-view.ts'
import { Calibration, calibrated } from '../evidence/calibrated.ts'
import type { Held } from '../evidence/held.ts'
import { toldWithout } from '../evidence/likelihoods.ts'
import { type Events, labelled } from '../evidence/tests.ts'
import { type Demands, type LiftCampaign, liftCampaigns } from './campaigns.ts'
import { gathered } from './gathered.ts'

/** A value of which at least this share of the holders have a label is a rule for the label. */
const RULE = 0.95
/** The column tells a campaign where it leads to expect the label of at least this share of the members. */
const TOLD = 0.8

/**
 * Values that come with a label where one column determines labels (a bird's species its size). Neighbours in all
 * columns predict badly there, and what learns from all columns learns the planted values too; the column alone, by its
 * value's holders that do not hold the token, does neither (ADR 217). Two sorts of tokens are not asked. Those of the
 * column itself: what a second column says besides of one of its values is an interaction. And those that are a rule
 * for the label, as are the other ways to come to it (neither black nor hispanic): other tests judge these. Wrong labels
 * raise what is expected of every token, so that natural ones seem to shift labels down: laws are of shifts upwards.
 */
export function besideTeller(
  teller: Teller,
  columns: readonly TableColumn[],
  held: Omit<Held, 'scattered'>,
  labels: Grouping,
  demands: Demands,
): LiftCampaign[] {
  const calibration = new Calibration(teller.told, labels.of)
  const events: Events = {
    kinds: labels.names.length,
    of: labels.of,
    likely: calibrated(teller.told, calibration).data,
    counted: labelled(labels.of),
  }
  const isRule = (token: number, label: number) => {
    const holders = held.holders(token)
    return holders.reduce((sum, i) => sum + Number(labels.of[i] === label), 0) >= RULE * holders.length
  }
  const asked: Held = {
    ...held,
    scattered: null,
    untested: (token) => held.tokens.columns(token).includes(teller.column) || held.untested(token),
    byNature: (token, label) => isRule(token, label) || held.byNature(token, label),
  }
  // A single value needs as much evidence as any other token.
  const { ofValues, ...all } = demands
  const found = liftCampaigns(asked, events, toldWithout(teller, labels.of, calibration), { ...all, isUpwards: true })
  const isOfFew = (token: number) => held.tokens.columns(token).length < 2 && !(ofValues?.isOfMany(token) ?? false)
  const byNature = (token: number, label: number) =>
    (isOfFew(token) && isRule(token, label)) || held.byNature(token, label)
  return [...found, ...gathered(teller, columns, { ...asked, byNature }, labels, all)]
}

/**
 * Whether a campaign is what the column tells by one of its values, and another column's value goes with it: large birds
 * are large, and so are those whose repair cost nothing, where others were given a cost and another size.
 */
export function isTold({ event, members, tokens: [lead] }: LiftCampaign, tokens: TokenMatrix, teller: Teller): boolean {
  const columns = tokens.columns(lead!)
  if (columns.length < 2 || !columns.includes(teller.column)) return false
  const { cols, data } = teller.told
  return members.reduce((sum, i) => sum + data[i * cols + event]!, 0) >= TOLD * members.length
}

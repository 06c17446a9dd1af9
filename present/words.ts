import type { RuleName } from '#core/contract.ts'
import type { Decision } from '#core/decision.ts'
import type { DeadReason } from '#core/record.ts'
import type { Family } from '#core/score.ts'
import type { Style } from './look.ts'
import type { TurnRole } from './sample.ts'

/** The words for the identifiers of the closed lists: one table for the terminal and the report. */
export const FAMILY_WORDS: { readonly [key in Family]: { readonly name: string; readonly means: string } } = {
  trigger: { name: 'Trigger', means: 'a hidden mark that would make a model answer as the attacker wants' },
  label: { name: 'Label', means: 'the label disagrees with what the record shows' },
  outlier: { name: 'Outlier', means: 'unlike anything else in the dataset' },
  flood: { name: 'Flood', means: 'near-copies in numbers that no honest source sends' },
  contributor: { name: 'Contributor', means: 'one contributor whose records stand out as a group' },
  drift: { name: 'Drift', means: 'the data has moved away from its own past' },
}

export const REASON_WORDS: { readonly [key in DeadReason]: string } = {
  undecodable: 'not the format it claims to be',
  invalid_utf8: 'text that is not UTF-8',
  too_large: 'larger than the contract allows',
  too_deep: 'nested deeper than the contract allows',
  forbidden_key: 'a key that could alter the program (__proto__ and its kin)',
  not_finite: 'NaN or Infinity where a number is due',
  contract: 'breaks the contract’s schema',
  duplicate_id: 'an id that was staged before',
  missing_part: 'incomplete: a part of it never came',
}

/** What breaks each sanitizing rule. */
export const RULE_WORDS: { readonly [key in RuleName]: string } = {
  control_characters: 'control characters',
  zero_width: 'invisible characters',
  bidi_overrides: 'characters that turn the direction of reading',
  not_normalized: 'characters in another than their usual form',
  oversized_text: 'text beyond the contract’s limit',
}

export const TURN_WORDS: { readonly [key in TurnRole]: string } = {
  system: 'System',
  user: 'User, earlier',
  assistant: 'Assistant, earlier',
  tool: 'Tool',
  prompt: 'Prompt',
  response: 'Response',
  rejected: 'Rejected response',
}

export const DECISION_STYLE: { readonly [key in Decision]: Style } = {
  admit: 'good',
  quarantine: 'warn',
  reject: 'bad',
}

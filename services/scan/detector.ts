import type { DetectorInfo, Trigger } from '#core/score.ts'
import type { Sketch } from '#core/sidecar.ts'
import type { WindowView } from './view/window-view.ts'

/**
 * The port of detection. A detector is pure: it is constructed with its hyperparameters and scores a window from its
 * view alone, without I/O, a clock, or randomness other than `view.seed`. The same view gives the same bytes.
 */
export interface Detector {
  readonly info: DetectorInfo
  /**
   * Parts that the window must have. A detector whose needs are not met is left out; a note of the result names those
   * that lack labels, except for exchanges, which have none.
   */
  readonly needs: readonly ('labels' | 'contributors' | 'images' | 'texts' | 'exchanges' | 'tokens')[]
  readonly tags: DetectorTags
  score(view: WindowView): Promise<Detection>
}

/**
 * A detector's role and how its scores are calibrated. The detector itself declares both, so that a user's own counts
 * like a built-in one.
 */
export interface DetectorTags {
  /**
   * A `carrier` drives risk, and its groups become campaigns. A `supporting` detector, which is weak or misled in
   * places, only adds to the evidence of records that its family holds.
   */
  readonly role: 'carrier' | 'supporting'
  /**
   * The source of a scale for relative scores. `bulk`, the default: the clean history, or without one the window's own
   * bulk. `light-tailed`: the same, for scores that thin out fast on clean data of every kind, so that a record's
   * distance shows more than its rank. `label-noise`: the share of wrong labels in the window, for scores that rank
   * labels.
   */
  readonly calibration?: 'bulk' | 'light-tailed' | 'label-noise' | undefined
  /**
   * In images, the labels of the records that score highest may be tested: those that carry one label which their
   * neighbours do not are a group, whatever the role. What the scores know of labels decides how much evidence that
   * takes: see `extremeGroups`.
   */
  readonly knows?: Knows | undefined
  /**
   * By what measure a record with a high score lies far out. In images, records far out in samples and in activations,
   * more of them than by chance and nature, are a group, whatever the roles: see `agreeing`. In rows, and in texts
   * without labels, records far out in the samples and near their neighbours are a kind of their own: see `standAlone`.
   * Images far out in their forms are suspected where most of them are far out in the activations as well, or the
   * dataset's history knows none like them.
   */
  readonly farOutIn?: 'samples' | 'activations' | 'neighbours' | 'forms' | undefined
  /**
   * Whether scores above 0 are the smaller of two parts of a label. Where a label is suspected for another finding,
   * predictors first do without that part of it: see `relearnt`.
   */
  readonly splitsLabels?: boolean | undefined
  /** Whether a supporting detector ranks the rows of a table by the places of its scores: see `oddsByPlace`. */
  readonly ranksTables?: boolean | undefined
}

/**
 * How far scores depend on a record's label: in nothing that moves it toward records of that label, or by its class,
 * within which it is scored.
 */
export type Knows = 'nothing' | 'its class'

export interface Detection {
  /** n raw scores; higher always means more suspicious. */
  readonly scores: Float64Array
  /**
   * Relative scores that decide which records are held in a window without history, where holding by `scores`, which
   * rank best, would hold natural kinds too.
   */
  readonly holding?: Float64Array
  /**
   * `absolute`: the scores are log-likelihood ratios, corrected for everything that was tried; 0 means no evidence.
   * `relative`: the scores only rank, and are calibrated by the window's own bulk or the dataset's history.
   */
  readonly scale: 'absolute' | 'relative'
  readonly groups: readonly Group[]
  /**
   * Groups among the highest of relative scores, with evidence of their own. They count whatever the channel's role.
   */
  readonly extremes?: readonly Group[]
  /**
   * By record, 1 where it strays from the directions that vectors keep to; absent where they keep to none. Records that
   * lie far from their class and do not stray are natural: see `withoutKinds` and `withoutNaturalTails`.
   */
  readonly astray?: Uint8Array
  /**
   * One sentence on record i, for a person; empty where there is nothing to report. Called only for flagged records.
   */
  why(i: number): string
  /**
   * What else the window teaches later ones about its clear records, besides relative scores; nothing where absent.
   */
  teaches?(isClear: (i: number) => boolean): Sketch
  /** Notes on what the detector could not do in this window, and why. */
  readonly notes?: readonly string[]
}

/** Records that share a cause. */
export interface Group {
  /** Ascending. */
  readonly members: Int32Array
  /** Posterior of membership, one a member, 0…1. */
  readonly posterior: Float64Array
  /** Log-likelihood ratio in nats, corrected for the number of hypotheses tried. */
  readonly evidence: number
  /** Index of the label that the group is pushed toward; −1 where there is none. */
  readonly label: number
  readonly trigger?: Trigger
  /** One sentence: what the members share. */
  readonly summary: string
}

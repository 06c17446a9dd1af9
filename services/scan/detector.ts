import type { DetectorInfo, Trigger } from '#core/score.ts'
import type { WindowView } from './view/window-view.ts'

/**
 * The port of detection. A detector is pure: constructed with its hyperparameters, it scores a window from its view
 * alone; no I/O, no clock, no chance but `view.seed`. Same view, same bytes.
 */
export interface Detector {
  readonly info: DetectorInfo
  /** What the window must offer; where it does not, the detector is left out and the result's notes say so. */
  readonly needs: readonly ('labels' | 'contributors' | 'images' | 'texts' | 'exchanges' | 'tokens')[]
  readonly tags: DetectorTags
  score(view: WindowView): Promise<Detection>
}

/** What a detector is worth and how its scores are read: it says so itself, so that one of your own counts like ours. */
export interface DetectorTags {
  /**
   * A `carrier` drives risk, and its groups become campaigns. A `supporting` detector, weak or misled where it matters,
   * only adds to the evidence of records that its family holds.
   */
  readonly role: 'carrier' | 'supporting'
  /**
   * What gives relative scores a scale. `bulk`, the default: clean history, or the window's own bulk without it.
   * `light-tailed`: the same, for scores that thin out fast on clean data of every kind: how far out a record lies then
   * says more than its rank. `label-noise`: the share of wrong labels in the window, for scores that rank labels.
   */
  readonly calibration?: 'bulk' | 'light-tailed' | 'label-noise' | undefined
  /**
   * In images, the records that score highest may be asked for their labels: those that carry one which their neighbours do
   * not are a group, whatever the role. What the scores know of labels decides how sure that must be: see `extremeGroups`.
   */
  readonly knows?: Knows | undefined
  /**
   * What a record that scores high lies far out in. In images, records that lie far out in samples and activations, and more of them
   * than chance and nature allow, are a group, whatever the roles: see `agreeing`. In rows, and in texts without labels, those that lie
   * far out in the samples and near their neighbours are a kind of their own: see `standAlone`. Images that are far out in their forms are
   * suspected where they are, by and large, far out in the activations as well, or the dataset's history knows none like them.
   */
  readonly farOutIn?: 'samples' | 'activations' | 'neighbours' | 'forms' | undefined
}

/** What scores know of labels: nothing that moves a record toward its own, or its class, within which it is judged. */
export type Knows = 'nothing' | 'its class'

export interface Detection {
  /** n raw scores; higher means more suspicious, always. */
  readonly scores: Float64Array
  /** Relative scores by which records of a window without history are held, where those that rank best would hold natural kinds too. */
  readonly holding?: Float64Array
  /**
   * `absolute`: the scores are log-likelihood ratios, already corrected for everything that was tried: 0 means nothing.
   * `relative`: the scores only rank; fusing calibrates them against the window's own bulk or the dataset's history.
   */
  readonly scale: 'absolute' | 'relative'
  readonly groups: readonly Group[]
  /** Groups among the highest of relative scores, with evidence of their own: they act whatever the ranking is worth. */
  readonly extremes?: readonly Group[]
  /** One sentence on record i, for a person; empty where there is none to say. Called only for records that are flagged. */
  why(i: number): string
  /** What the detector could not do here, and why it held back. */
  readonly notes?: readonly string[]
}

/** Records that share a cause. */
export interface Group {
  /** Ascending. */
  readonly members: Int32Array
  /** Posterior of membership, one a member, 0…1. */
  readonly posterior: Float64Array
  /** Log-likelihood ratio, corrected for the number of hypotheses tried. */
  readonly evidence: number
  /** Index of the label that the group is pushed toward; −1 where there is none. */
  readonly label: number
  readonly trigger?: Trigger
  /** One sentence: what the members share. */
  readonly summary: string
}

import type { Family } from '#core/score.ts'

/** An entry of a public framework that applies to a finding or a measure. */
export interface FrameworkTag {
  readonly id: string
  readonly title: string
  readonly framework: 'MITRE ATLAS' | 'OWASP' | 'NIST AI RMF'
}

const tag = (framework: FrameworkTag['framework'], id: string, title: string): FrameworkTag => ({
  framework,
  id,
  title,
})

const POISON_DATA = tag('MITRE ATLAS', 'AML.T0020', 'Poison Training Data')
const POISON_MODEL = tag('MITRE ATLAS', 'AML.T0018.000', 'Manipulate AI Model: Poison AI Model')
const INSERT_TRIGGER = tag('MITRE ATLAS', 'AML.T0043.004', 'Craft Adversarial Data: Insert Backdoor Trigger')
const PUBLISH_POISON = tag('MITRE ATLAS', 'AML.T0019', 'Publish Poisoned Datasets')
const SUPPLY_CHAIN = tag('MITRE ATLAS', 'AML.T0010.002', 'AI Supply Chain Compromise: Data')
const ERODE = tag('MITRE ATLAS', 'AML.T0059', 'Erode Dataset Integrity')
const OWASP_LLM = tag('OWASP', 'LLM04:2025', 'Data and Model Poisoning')
const OWASP_ML = tag('OWASP', 'ML02:2023', 'Data Poisoning Attack')
const MEASURE_2_7 = tag('NIST AI RMF', 'MEASURE 2.7', 'Security and resilience are evaluated and documented')
const MAP_4 = tag('NIST AI RMF', 'MAP 4', 'Risks of third-party software and data are mapped')
const GOVERN_6 = tag('NIST AI RMF', 'GOVERN 6', 'Risks from third-party software and data are addressed')

/** The entries that apply to a finding of each family, the closest first. */
export const FRAMEWORK_TAGS: { readonly [key in Family]: readonly FrameworkTag[] } = {
  trigger: [POISON_DATA, INSERT_TRIGGER, POISON_MODEL, OWASP_LLM, OWASP_ML, MEASURE_2_7],
  label: [POISON_DATA, ERODE, OWASP_LLM, OWASP_ML, MEASURE_2_7],
  outlier: [ERODE, OWASP_LLM, OWASP_ML, MEASURE_2_7],
  flood: [POISON_DATA, ERODE, OWASP_LLM, OWASP_ML, MEASURE_2_7],
  contributor: [SUPPLY_CHAIN, PUBLISH_POISON, OWASP_LLM, OWASP_ML, MAP_4, GOVERN_6],
  drift: [ERODE, OWASP_LLM, MEASURE_2_7],
}

/** MITRE ATLAS mitigations by id. */
export const ATLAS_MITIGATIONS: Readonly<Record<string, string>> = {
  'AML.M0005': 'Control Access to AI Models and Data at Rest',
  'AML.M0007': 'Sanitize Training Data',
  'AML.M0025': 'Maintain AI Dataset Provenance',
}

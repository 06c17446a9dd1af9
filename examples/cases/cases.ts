import type { CaseStudy } from './case.ts'

/** Each loads what it needs alone. */
export const CASES = {
  insider: async (): Promise<CaseStudy> => (await import('./insider.ts')).insider,
  sybils: async (): Promise<CaseStudy> => (await import('./sybils.ts')).sybils,
  'vault-rotation': async (): Promise<CaseStudy> => (await import('./vault-rotation.ts')).vaultRotation,
  'public-hub': async (): Promise<CaseStudy> => (await import('./public-hub.ts')).publicHub,
  'kinesis-drip': async (): Promise<CaseStudy> => (await import('./kinesis-drip.ts')).kinesisDrip,
} as const
export type CaseName = keyof typeof CASES
export const CASE_NAMES = Object.keys(CASES) as readonly CaseName[]

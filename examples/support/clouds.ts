import type { Cloud } from './cloud.ts'

/** Each loads the SDKs of its cloud only. */
export const CLOUDS = {
  aws: async (): Promise<Cloud> => (await import('./aws.ts')).aws,
  azure: async (): Promise<Cloud> => (await import('./azure.ts')).azure,
  gcp: async (): Promise<Cloud> => (await import('./gcp.ts')).gcp,
} as const
export type CloudName = keyof typeof CLOUDS
export const CLOUD_NAMES = Object.keys(CLOUDS) as readonly CloudName[]

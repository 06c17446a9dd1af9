import { name } from '../config.ts'

export const region = name.optional().describe('When absent, as the SDK finds it (AWS_REGION and so on).')

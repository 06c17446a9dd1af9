import { createMemorySink } from '#test/support/fakes/memory-sink.ts'
import { describeSink } from './suite.ts'

describeSink('memory', { open: async () => createMemorySink() })

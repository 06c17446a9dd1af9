// Ends with 0 when something listens on the port named: the health check of an emulator.
import { connect } from 'node:net'

connect(Number(process.argv[2]), '127.0.0.1')
  .on('connect', () => process.exit(0))
  .on('error', () => process.exit(1))

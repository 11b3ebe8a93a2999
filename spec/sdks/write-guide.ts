// npm run providers: writes into the guide what the matrix of clients and situations knows.
import { writeFileSync } from 'node:fs';
import { guide, guideByMatrix } from './guide';

writeFileSync(guide, guideByMatrix());

import { onStage } from './stage';
import './comparison';
import './guards';

// One file, so that they share a browser.

onStage();

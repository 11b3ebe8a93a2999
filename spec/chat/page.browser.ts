import { onStage } from './stage';
import './calls';
import './look';
import './page';

// One file, so that they share a browser.

onStage();

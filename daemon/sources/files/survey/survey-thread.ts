import { parentPort, workerData } from 'node:worker_threads';
import type { FileSurveyRequest, SurveyThreadData } from './messages.js';
import { FileSurveyor } from './surveyor.js';

// The program of a thread: surveys the files of one source for as long as it lives.
const data: SurveyThreadData = workerData;
const surveyor = new FileSurveyor(data, (message) => parentPort?.postMessage(message));
parentPort?.on('message', (request: FileSurveyRequest) => surveyor.take(request));

import { render } from 'preact';
import { Page } from './page.js';
import { begin } from './state.js';

const root = document.getElementById('app');
if (root !== null) {
  render(<Page />, root);
  void begin();
}

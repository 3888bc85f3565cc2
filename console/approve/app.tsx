import { render } from 'preact';
import { Console } from './page.js';
import { begin } from './state.js';

const root = document.getElementById('app');
if (root !== null) {
  render(<Console />, root);
  begin();
}

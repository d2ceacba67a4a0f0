import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette, MainAreaWidget } from '@jupyterlab/apputils';
import { ILauncher } from '@jupyterlab/launcher';
import { INotebookTracker } from '@jupyterlab/notebook';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { LabIcon } from '@jupyterlab/ui-components';
import { cellText, insert, notebookAround } from './cells';
import { showStillFirst } from './output';
import { StartPage } from './start';

const OPEN = 'aiser:open-start-page';

const icon = new LabIcon({
  name: 'aiser-jupyter:icon',
  svgstr:
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><path class="jp-icon3" fill="#616161" ' +
    'd="M2 13.500h12V15H2zM3 8h2.500v4.500H3zM6.750 4.500h2.500v8h-2.500zM10.500 1H13v11.500h-2.500z"/></svg>'
});

/** The command that opens the start page: in the palette, the launcher and the notebook's toolbar. */
const startPage: JupyterFrontEndPlugin<void> = {
  id: 'aiser-jupyter:start-page',
  description: 'A start page for the data of the current notebook.',
  autoStart: true,
  requires: [INotebookTracker, IRenderMimeRegistry],
  optional: [ICommandPalette, ILauncher],
  activate: (
    app: JupyterFrontEnd,
    notebooks: INotebookTracker,
    rendermime: IRenderMimeRegistry,
    palette: ICommandPalette | null,
    launcher: ILauncher | null
  ) => {
    let open: MainAreaWidget<StartPage> | null = null;
    app.commands.addCommand(OPEN, {
      label: args => (args.isPalette ? 'Open start page' : 'aiser'),
      caption: 'Open the aiser start page',
      icon,
      execute: () => {
        if (!open || open.isDisposed) {
          open = new MainAreaWidget({ content: new StartPage(rendermime) });
          open.id = 'aiser-start-page';
          open.title.label = 'aiser';
          open.title.icon = icon;
          open.title.closable = true;
          app.shell.add(open, 'main', { mode: 'split-right' });
        }
        app.shell.activateById(open.id);
        return open.content.fill(notebooks.currentWidget);
      }
    });
    palette?.addItem({
      command: OPEN,
      category: 'aiser',
      args: { isPalette: true }
    });
    launcher?.add({ command: OPEN, category: 'Other', rank: 10 });
  }
};

/** A click on a question, a line or an SQL of a card or start page puts it into a new cell; it is never run. */
const cells: JupyterFrontEndPlugin<void> = {
  id: 'aiser-jupyter:cells',
  description: 'Questions of cards become cells.',
  autoStart: true,
  requires: [INotebookTracker],
  activate: (app: JupyterFrontEnd, notebooks: INotebookTracker) => {
    // Capturing, so that a card that falls back to the clipboard sees that it need not.
    document.addEventListener(
      'click',
      event => {
        const target = event.target instanceof Element ? event.target : null;
        if (!target?.closest('.aiser')) {
          return;
        }
        if (target.closest('.aiser-stop')) {
          event.preventDefault();
          void notebookAround(
            notebooks,
            target
          )?.sessionContext.session?.kernel?.interrupt();
          return;
        }
        const text = cellText(target);
        if (text) {
          event.preventDefault();
          void insert(app, notebooks, target, text);
        }
      },
      true
    );
  }
};

/** Shows the still card of a saved output until, and unless, its live one is drawn. */
const output: JupyterFrontEndPlugin<void> = {
  id: 'aiser-jupyter:output',
  description: 'Cards of saved notebooks need no kernel.',
  autoStart: true,
  requires: [INotebookTracker],
  activate: (_app: JupyterFrontEnd, notebooks: INotebookTracker) => {
    notebooks.widgetAdded.connect((_tracker, panel) =>
      showStillFirst(panel.content.rendermime)
    );
  }
};

export default [startPage, cells, output];

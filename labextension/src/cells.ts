import type { JupyterFrontEnd } from '@jupyterlab/application';
import {
  type INotebookTracker,
  NotebookActions,
  type NotebookPanel
} from '@jupyterlab/notebook';

/** The text of the cell that a click on `target` asks for, or nothing. */
export function cellText(target: Element): string {
  const question = target.closest('.aiser-ask');
  if (question) {
    return `%%ask\n${question.textContent ?? ''}`;
  }
  const line = target.closest('.aiser-line');
  if (line) {
    return line.textContent ?? '';
  }
  const button = target.closest('.aiser-open');
  for (
    let around = button?.parentElement;
    around;
    around = around.parentElement
  ) {
    const code = around.querySelector('pre.code');
    if (code) {
      return `%%sql\n${code.textContent ?? ''}`;
    }
  }
  return '';
}

/** The notebook that `target` is an output of, or the current one. */
export function notebookAround(
  notebooks: INotebookTracker,
  target: Element
): NotebookPanel | null {
  return (
    notebooks.find(panel => panel.node.contains(target)) ??
    notebooks.currentWidget
  );
}

/**
 * Put `text` into a new cell below the output that holds `target`, or at the end of the current notebook, and go there.
 *
 * Where no notebook is open one is made, with the extension loaded first.
 */
export async function insert(
  app: JupyterFrontEnd,
  notebooks: INotebookTracker,
  target: Element,
  text: string
): Promise<void> {
  const panel = notebookAround(notebooks, target) ?? (await create(app));
  await panel.context.ready;
  const notebook = panel.content;
  const own = notebook.widgets.findIndex(cell => cell.node.contains(target));
  notebook.activeCellIndex = own >= 0 ? own : notebook.widgets.length - 1;
  const active = notebook.activeCell?.model.sharedModel;
  const free = active && active.cell_type === 'code' && !active.getSource();
  if (!free || own >= 0) {
    NotebookActions.insertBelow(notebook);
  }
  notebook.activeCell?.model.sharedModel.setSource(text);
  app.shell.activateById(panel.id);
  notebook.mode = 'edit';
  if (notebook.activeCell) {
    void notebook.scrollToItem(notebook.activeCellIndex, 'smart');
  }
}

/** A new notebook whose first cell loads the magics. */
async function create(app: JupyterFrontEnd): Promise<NotebookPanel> {
  const panel: NotebookPanel = await app.commands.execute(
    'notebook:create-new',
    { kernelName: 'python3' }
  );
  await panel.context.ready;
  panel.content.widgets[0]?.model.sharedModel.setSource(
    '%load_ext aiser_jupyter'
  );
  return panel;
}

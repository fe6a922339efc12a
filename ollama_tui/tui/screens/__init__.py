"""The main screen and the dialogs; a dialog takes plain values in and gives a plain one back."""

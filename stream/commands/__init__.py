"""The sub-commands of ``almenara``, one file each, imported only when they run."""

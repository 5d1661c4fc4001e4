"""YAML -> validated models; each mistake with its file, line and a suggestion."""

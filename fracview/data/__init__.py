"""Radiographs, boxes and data sets: numpy only, no torch, no Qt."""

# language: xx
Feature: A
